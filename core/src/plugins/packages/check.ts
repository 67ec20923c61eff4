import { fork } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PluginDefinition } from '@kartotek/sdk'
import { PluginError } from '../state.ts'
import { filesBelow } from './archive.ts'
import { HOST_MODULES, hostModuleOf, type PackageJson } from './dependencies.ts'
import { sizeText } from './limits.ts'
import { withPackage, type OpenedPackage, type OpenOptions } from './open.ts'

/** One thing that was found in a package. `error`: it would not run, or break others; `warning`: it works and should be better. */
export interface Finding { severity: 'error' | 'warning' | 'info', text: string }

const LARGE_TARBALL = 10 * 1024 * 1024
const CHILD_MS = 30_000
/** Modules that the web app shares with the web parts of plugins. */
const SHARED_WEB = new Set(['vue', 'vue-router', 'vue-i18n', '@kartotek/sdk/web'])

/**
 * Looks through a package as it would be installed: what it holds, whether its manifest says what its code says, whether its types
 * fit. Its code runs in a process of its own, without the environment of this one and for at most 30 s.
 */
export async function checkPackage(spec: string, options: Pick<OpenOptions, 'cwd' | 'env'>, childMs = CHILD_MS): Promise<Finding[]> {
  const findings: Finding[] = []
  const add = (severity: Finding['severity'], text: string): void => { findings.push({ severity, text }) }
  try {
    await withPackage(spec, { ...options, unpacked: (folder, tarball) => { inspect(folder, tarball, add) } }, async (opened) => {
      add('info', `${opened.manifest.plugin.id} ${opened.manifest.plugin.version} (${opened.package}): ${sizeText(opened.content.length)} with its dependencies.`)
      if (opened.unrun.length) add('warning', `Scripts for the installation are never run: ${opened.unrun.join(', ')}.`)
      const { version } = JSON.parse(readFileSync(join(opened.folder, 'package.json'), 'utf8')) as PackageJson
      if (version !== opened.manifest.plugin.version) add('warning', `package.json says version ${version}, and the plugin says ${opened.manifest.plugin.version}.`)
      webFindings(opened, add)
      for (const problem of await problemsOfCode(opened.folder, childMs)) add('error', problem)
    })
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    add('error', error.message)
  }
  return findings
}

type Add = (severity: Finding['severity'], text: string) => void

/** The tarball as its author packed it. */
function inspect(folder: string, tarball: Buffer, add: Add): void {
  const files = filesBelow(folder)
  if (tarball.length > LARGE_TARBALL) add('warning', `The tarball has ${sizeText(tarball.length)}: does it carry what belongs to development?`)
  const copies = new Set(files.flatMap((file) => hostModuleOf(file) ?? []))
  for (const copy of copies) add('error', `It carries ${copy}, which the host gives to all plugins: make it a peer dependency.`)
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson
  for (const module of HOST_MODULES.filter((name) => name in dependencies || name in optionalDependencies)) {
    add('warning', `${module} is a dependency of it: the host gives its own one, so make it a peer dependency.`)
  }
  const secret = files.find((file) => !file.includes('node_modules/') && /(^|\/)(\.env(\..*)?|\.npmrc|id_rsa|.*\.pem)$/.test(file))
  if (secret) add('warning', `It carries ${secret}: is that meant for everybody?`)
}

/** The web part: there, and made of its own files and the shared modules only. */
function webFindings({ manifest, folder }: OpenedPackage, add: Add): void {
  const { web } = manifest.plugin as Pick<PluginDefinition, 'web'>
  if (web === undefined) return
  const waiting = [posix.normalize(web)], seen = new Set<string>()
  for (const file of waiting) {
    if (seen.has(file)) continue
    seen.add(file)
    if (file.startsWith('..') || !existsSync(join(folder, file))) {
      add('error', `Its web part needs ${file}, which is not in the package: build it before packing, and name it in "files".`)
      continue
    }
    const code = readFileSync(join(folder, file), 'utf8')
    // A name that every copy of vue writes onto each of its nodes, and nobody else.
    if (code.includes('__v_isVNode')) add('error', `${file} carries a copy of vue: leave it out of the bundle, the web app shares its own.`)
    for (const specifier of importsOf(code)) {
      if (/^\.{1,2}\//.test(specifier)) waiting.push(posix.join(dirname(file), specifier))
      else if (!SHARED_WEB.has(specifier)) add('error', `${file} imports ${specifier}, which the web app does not share (it shares ${[...SHARED_WEB].join(', ')}): bundle it.`)
    }
  }
}

/** What a built module imports, at once or later; texts that speak of it are none. */
function importsOf(code: string): string[] {
  const atOnce = code.matchAll(/(?:^|[;}\n])\s*(?:import|export)\s*(?:[\w$*{][^"'`;()]*?from\s*)?["']([^"'\n]+)["']/g)
  const later = code.matchAll(/\bimport\(\s*["']([^"'\n]+)["']\s*\)/g)
  return [...atOnce, ...later].map(([, specifier]) => specifier!)
}

/** What a process of its own finds when it imports the code. */
function problemsOfCode(folder: string, childMs: number): Promise<string[]> {
  return new Promise((resolve) => {
    let problems: string[] | undefined, said = ''
    const child = fork(fileURLToPath(new URL('check-process.ts', import.meta.url)), [folder], {
      cwd: folder, env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, HOME: folder, TZ: 'UTC' }, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    child.stderr!.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-500) })
    const timer = setTimeout(() => { child.kill('SIGKILL') }, childMs)
    child.on('message', (found) => {
      problems = found as string[]
      child.kill('SIGKILL')
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve(problems ?? [code === null ? `Its code was not imported within ${childMs / 1000} s.` : `Its code ended the process that imported it (code ${code}). ${said.trim()}`.trim()])
    })
  })
}
