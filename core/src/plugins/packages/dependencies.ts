import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PluginError } from '../state.ts'
import { filesBelow } from './archive.ts'
import { fetchInProcess } from './fetch.ts'
import type { NpmSettings } from './npm-settings.ts'

/** Modules that the host gives to plugins: of these there is one for all. */
export const HOST_MODULES: readonly string[] = ['@kartotek/sdk', 'vue', 'vue-router', 'vue-i18n']

/** Scripts that npm would run at an installation. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare', 'prepublish']

export interface PackageJson {
  name?: string, version?: string
  dependencies?: Record<string, string>, peerDependencies?: Record<string, string>, optionalDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
  scripts?: Record<string, string>
}

/**
 * Puts the dependencies of an unpacked package into its own `node_modules`, out of the registry, **without running any of their
 * scripts**. What it bundles stays; modules of the host are left out. Only packages of a registry are taken: no folders, addresses, git.
 * @throws PluginError where one cannot be had, or not in time
 */
export async function installDependencies(folder: string, settings: NpmSettings, sdkVersion: string, within: AbortSignal, progress?: (bytes: number) => void): Promise<void> {
  const file = join(folder, 'package.json')
  const text = readFileSync(file, 'utf8')
  const { name = 'plugin', version = '0.0.0', ...json } = JSON.parse(text) as PackageJson
  const peers = Object.entries(json.peerDependencies ?? {}).filter(([peer]) => !json.peerDependenciesMeta?.[peer]?.optional)
  const own = (list: Record<string, string> = {}): Record<string, string> => Object.fromEntries(Object.entries(list).filter(([module]) => !HOST_MODULES.includes(module)))
  const dependencies = own({ ...Object.fromEntries(peers), ...json.dependencies })
  const optionalDependencies = own(json.optionalDependencies)
  const wanted = Object.keys({ ...dependencies, ...optionalDependencies })
  removeHostModules(folder)
  if (wanted.every((module) => existsSync(join(folder, 'node_modules', module, 'package.json')))) return
  try {
    // Stands for the host's own one, so that whoever asks for it below is content. It is taken away again.
    place(folder, '@kartotek/sdk', sdkVersion)
    writeFileSync(file, JSON.stringify({ name, version, dependencies: { ...dependencies, '@kartotek/sdk': sdkVersion }, optionalDependencies }))
    await fetchInProcess({ what: 'dependencies', folder, settings }, within, progress)
  } catch (error) {
    if (error instanceof PluginError) throw error
    throw new PluginError(`Its dependencies could not be had: ${(error as Error).message}`, { cause: error })
  } finally {
    writeFileSync(file, text)
    rmSync(join(folder, 'package-lock.json'), { force: true })
    rmSync(join(folder, 'node_modules/.package-lock.json'), { force: true })
    removeHostModules(folder)
  }
}

/** `name@version` of all packages in the folder that bring scripts for the installation, which are not run. */
export function unrunScripts(folder: string): string[] {
  const names = filesBelow(folder).filter((name) => /^(.*\/)?node_modules\/(@[^/]+\/)?[^/]+\/package\.json$|^package\.json$/.test(name))
  return names.flatMap((name) => {
    const { name: pack = name, version = '', scripts = {} } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as PackageJson
    const native = existsSync(join(folder, dirname(name), 'binding.gyp'))
    return native || INSTALL_SCRIPTS.some((script) => script in scripts) ? [`${pack}@${version}`] : []
  })
}

function place(folder: string, module: string, version: string): void {
  const to = join(folder, 'node_modules', module)
  mkdirSync(to, { recursive: true })
  writeFileSync(join(to, 'package.json'), JSON.stringify({ name: module, version }))
}

/** Copies of the host's modules, wherever they lie. */
function removeHostModules(folder: string): void {
  const copies = new Set(filesBelow(folder).flatMap((name) => hostModuleOf(name) ?? []))
  for (const copy of copies) rmSync(join(folder, copy), { recursive: true, force: true })
}

/** The folder of a module of the host that a file belongs to: `node_modules/vue`. */
export function hostModuleOf(file: string): string | undefined {
  for (const module of HOST_MODULES) {
    const [place] = new RegExp(`^(.*/)?node_modules/${module}/`).exec(file) ?? []
    if (place) return place.slice(0, -1)
  }
  return undefined
}
