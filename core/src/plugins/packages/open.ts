import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SDK_VERSION } from '../discovery.ts'
import { MANIFEST_FILE, readManifest, type StaticManifest } from '../static-manifest.ts'
import { PluginError } from '../state.ts'
import { openTarball, pack } from './archive.ts'
import { installDependencies, unrunScripts, type PackageJson } from './dependencies.ts'
import { deadline, fetchInProcess, type FetchError, type FetchLimits } from './fetch.ts'
import { MAX_STORED, sizeText } from './limits.ts'
import type { TellStep } from './progress.ts'
import { npmSettings, type NpmSettings } from './npm-settings.ts'
import { hashOf } from './store.ts'

/** A package with all that it needs, as it is stored; nothing of it was run. */
export interface OpenedPackage {
  manifest: StaticManifest
  /** The name in the registry, or that of the file. */
  spec: string
  /** Whether it came from a registry, where newer ones may be. */
  fromRegistry: boolean
  /** `name@version` of package.json. */
  package: string
  content: Buffer
  sha256: string
  /** Packages in it whose scripts for the installation are not run. */
  unrun: string[]
  /** Where it is unpacked while the work lasts. */
  folder: string
}

export interface OpenOptions extends FetchLimits {
  /** Where relative paths begin and an `.npmrc` is looked for. */
  cwd: string
  env: NodeJS.ProcessEnv
  /** What a tarball is called that lies under another name. */
  name?: string | undefined
  /** Hears how far it is. */
  tell?: TellStep | undefined
  /** Called when the package itself is unpacked and its dependencies are not there yet. */
  unpacked?: (folder: string, tarball: Buffer) => void
}

/**
 * Brings a package out of the registry or a tarball into a folder of its own for the length of `work`, with its dependencies. The
 * manifest decides before anything else is fetched.
 * @throws PluginError in one sentence; where it cannot be had within `ms`, or `signal` fires, with nothing left of it
 */
export async function withPackage<Result>(spec: string, options: OpenOptions, work: (opened: OpenedPackage) => Promise<Result>): Promise<Result> {
  const root = mkdtempSync(join(tmpdir(), 'kartotek-package-'))
  const folder = join(root, 'package')
  mkdirSync(folder)
  try {
    const settings = npmSettings(options.env, options.cwd)
    const within = deadline(options)
    const file = tarballOf(spec, options.cwd)
    const { tell } = options
    tell?.(file ? 'checking' : 'looking')
    const tarball = file ? readFileSync(file) : await fetched(spec, settings, join(root, 'package.tgz'), within, (bytes) => tell?.('fetching', bytes))
    tell?.('checking')
    await openTarball(tarball, folder)
    if (!existsSync(join(folder, 'package.json'))) throw new PluginError(`${spec} is no package: it has no package.json.`)
    options.unpacked?.(folder, tarball)
    const manifest = readManifest(pathToFileURL(join(folder, 'package.json')).href)
    if (!manifest) throw new PluginError(`${spec} has no ${MANIFEST_FILE}, by which Kartotek decides before it runs code: its author writes it with \`kartotek plugin build\` before packing.`)
    const { name = 'plugin', version = '0.0.0' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson
    await installDependencies(folder, settings, SDK_VERSION, within, (bytes) => tell?.('dependencies', bytes))
    tell?.('packing')
    const content = await pack(folder)
    if (content.length > MAX_STORED) throw new PluginError(`${spec} has ${sizeText(content.length)} with its dependencies; at most ${sizeText(MAX_STORED)} are stored.`)
    tell?.('planning')
    return await work({ manifest, spec: file ? tarballName(options.name ?? basename(file)) : name, fromRegistry: !file, package: `${name}@${version}`, content, sha256: hashOf(content), unrun: unrunScripts(folder), folder })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** The path of a tarball; null for a name in the registry. @throws PluginError for anything else */
function tarballOf(spec: string, cwd: string): string | null {
  const path = resolve(cwd, spec.replace(/^file:/, ''))
  if (/\.(tgz|tar\.gz)$/.test(spec) || /^(\.|\/|file:)/.test(spec)) {
    if (!existsSync(path)) throw new PluginError(`There is no file ${path}.`)
    if (statSync(path).isDirectory()) throw new PluginError(`${path} is a folder: pack it by \`npm pack\` and give the tarball, or name the folder in KARTOTEK_PLUGINS while you write it.`)
    return path
  }
  if (isRegistryName(spec)) return null
  throw new PluginError(`${spec} is neither a package of a registry (name@version) nor a tarball: other sources are not taken.`)
}

/** `name`, `@scope/name`, `name@^1.2`: what a registry may have, and never a file here. */
export const isRegistryName = (spec: string): boolean => /^(@[\w.-]+\/)?[\w-][\w.-]*(@[\w.^~<>=|* -]+)?$/.test(spec) && !/\.(tgz|tar\.gz)$/.test(spec)

async function fetched(spec: string, settings: NpmSettings, to: string, within: AbortSignal, progress: (bytes: number) => void): Promise<Buffer> {
  try {
    await fetchInProcess({ what: 'tarball', spec, settings, to }, within, progress)
    return readFileSync(to)
  } catch (error) {
    if (error instanceof PluginError) throw error
    const { code, message } = error as FetchError
    throw new PluginError(code === 'E404' || code === 'ETARGET' ? `The registry has no ${spec}.` : `${spec} could not be had from the registry: ${message}`, { cause: error })
  }
}

const tarballName = (name: string): string => (/\.(tgz|tar\.gz)$/.test(name) ? name : `${name}.tgz`)
