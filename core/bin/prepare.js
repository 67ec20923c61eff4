// What a fresh clone lacks: dependencies and the built web app. Says what it does and how far it is; silent when there is
// nothing to do.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, environment, findNode, run } from './node24.js'

/**
 * Installs dependencies unless what is installed is what package-lock.json names.
 * @param everyMs how often to say how far it is: npm itself says nothing for minutes
 */
export async function ensureDependencies({ everyMs = 15_000 } = {}) {
  const missing = missingPackage()
  if (!missing) return
  const fresh = !existsSync(join(ROOT, 'node_modules'))
  const folders = wantedFolders()
  console.log(fresh
    ? `Installing ${folders.length} dependencies. This is done once and takes a minute or two, on a slow machine or network longer …`
    : `Installing the dependencies anew, because ${missing} is missing or has another version; this may take some minutes …`)
  // no package's install script is needed, so none is run; lines of our own instead of npm's spinner
  const args = [fresh ? 'ci' : 'install', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error']
  const unpacked = () => folders.filter(folder => existsSync(join(ROOT, folder, 'package.json'))).length
  const code = await saying(everyMs, seconds => `  … ${seconds} s, ${unpacked()} of ${folders.length} dependencies are here`, () => npm(args))
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

/** Where the packages go that this system needs. */
function wantedFolders() {
  const wanted = packages(join(ROOT, 'package-lock.json')) ?? {}
  const isOurs = ({ os, cpu }) => (!os || os.includes(process.platform)) && (!cpu || cpu.includes(process.arch))
  return Object.entries(wanted).filter(([path, entry]) => path.includes('node_modules/') && !entry.link && isOurs(entry)).map(([path]) => path)
}

/** Runs a long work and prints a line every now and then, so that nobody takes it for hung. */
async function saying(everyMs, line, work) {
  const start = Date.now()
  const timer = setInterval(() => console.log(line(Math.round((Date.now() - start) / 1000))), everyMs)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

/** Builds the web app and the web parts of the plugins beside it, each when it was never built or its sources are newer. */
export async function ensureWebApp({ everyMs = 15_000 } = {}) {
  await ensureApp(everyMs)
  for (const folder of ['plugins', 'examples']) {
    for (const name of existsSync(join(ROOT, folder)) ? readdirSync(join(ROOT, folder)).sort() : []) await ensureWebPart(join(ROOT, folder, name, 'web'), name, everyMs)
  }
}

async function ensureWebPart(web, name, everyMs) {
  if (!existsSync(join(web, 'vite.config.ts'))) return
  const built = changed(join(web, 'dist/index.js'))
  if (built > Math.max(newest(web), newest(join(ROOT, 'sdk/src/vite.ts')))) return
  console.log(`Building the web part of ${name} …`)
  if (await build(web, everyMs) !== 0) throw new Error(`The web part of ${name} could not be built: look at the messages above.`)
}

function build(folder, everyMs) {
  const node = findNode()
  return saying(everyMs, seconds => `  … ${seconds} s, still building`, () => run(node, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], { cwd: folder, env: environment(node) }))
}

function changed(file) {
  return existsSync(file) ? statSync(file).mtimeMs : 0
}

async function ensureApp(everyMs) {
  const web = join(ROOT, 'web')
  if (!existsSync(join(web, 'vite.config.ts'))) return
  const built = changed(join(web, 'dist/index.html'))
  const sources = ['src', 'build', 'public', 'index.html', 'vite.config.ts', 'package.json', '../sdk/src'].map(name => newest(join(web, name)))
  if (built > Math.max(...sources)) return
  console.log(built ? 'Building the web app anew, because its sources changed …' : 'Building the web app. This is done once and takes about half a minute, on a slow machine longer …')
  if (await build(web, everyMs) !== 0) throw new Error('The web app could not be built: look at the messages above.')
}

function newest(path) {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...readdirSync(path).filter(name => name !== 'node_modules' && name !== 'dist').map(name => newest(join(path, name))))
}
