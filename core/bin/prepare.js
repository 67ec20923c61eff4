// What a fresh clone lacks: dependencies and the built web app. Says what it does; silent when there is nothing to do.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, environment, findNode, run } from './node24.js'

/** Installs dependencies unless what is installed is what package-lock.json names. */
export async function ensureDependencies() {
  const missing = missingPackage()
  if (!missing) return
  const fresh = !existsSync(join(ROOT, 'node_modules'))
  console.log(fresh ? 'Installing the dependencies, once (one to three minutes) …' : `Installing the dependencies anew, because ${missing} is missing or has another version …`)
  // no package's install script is needed, so none is run
  const args = [fresh ? 'ci' : 'install', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const code = await npm(args)
  if (code !== 0) throw new Error('The dependencies could not be installed: look at the messages of npm above, then start again.')
  if (!findNode()) throw new Error(`There is no Node 24 for ${process.platform}-${process.arch} among the dependencies: install Node 24 and start again.`)
}

function npm(args) {
  const program = process.env.npm_execpath
  return program && /npm-cli\.js$/.test(program) ? run(process.execPath, [program, ...args], { cwd: ROOT }) : run('npm', args, { cwd: ROOT })
}

/** Name of the first package that package-lock.json wants and node_modules has not. */
function missingPackage() {
  const wanted = packages(join(ROOT, 'package-lock.json'))
  // a published package has no lock file, and its dependencies come with it
  if (!wanted) return undefined
  const installed = packages(join(ROOT, 'node_modules/.package-lock.json')) ?? {}
  const lacks = ([path, entry]) => path.includes('node_modules/') && !entry.link && !entry.optional && !entry.devOptional && installed[path]?.version !== entry.version
  const first = Object.entries(wanted).find(lacks)
  return first ? first[0].replace(/^.*node_modules\//, '') : findNode() ? undefined : 'Node 24'
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

/** Builds the web app when it was never built or its sources are newer. */
export async function ensureWebApp() {
  const web = join(ROOT, 'web')
  if (!existsSync(join(web, 'vite.config.ts'))) return
  const page = join(web, 'dist/index.html')
  const built = existsSync(page) ? statSync(page).mtimeMs : 0
  const sources = ['src', 'build', 'public', 'index.html', 'vite.config.ts', 'package.json', '../sdk/src'].map(name => newest(join(web, name)))
  if (built > Math.max(...sources)) return
  console.log(built ? 'Building the web app anew, because its sources changed …' : 'Building the web app, once (about half a minute) …')
  const node = findNode()
  const code = await run(node, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], { cwd: web, env: environment(node) })
  if (code !== 0) throw new Error('The web app could not be built: look at the messages above.')
}

function newest(path) {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...readdirSync(path).filter(name => name !== 'node_modules').map(name => newest(join(path, name))))
}
