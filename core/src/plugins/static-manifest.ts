import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import type { PluginDefinition } from '@kartotek/sdk'
import { staticProblems } from './manifest.ts'
import { PluginError } from './state.ts'

/** File of a package that says what its plugin is, for the time before its code runs. */
export const MANIFEST_FILE = 'kartotek.plugin.json'

/** All of a plugin that can be written down: everything but its functions. */
export interface StaticManifest {
  format: 1
  /** Version of the SDK that wrote it. */
  sdk: string
  plugin: Pick<PluginDefinition, 'id' | 'version' | 'compat' | 'dependsOn' | 'label'> & Record<string, unknown>
}

/** What `kartotek plugin build` writes. */
export function manifestOf(plugin: PluginDefinition, sdk: string): StaticManifest {
  return JSON.parse(JSON.stringify({ format: 1, sdk, plugin })) as StaticManifest
}

/** Folder of the package that a module belongs to; null for a module outside of any. */
export function packageFolder(moduleUrl: string): string | null {
  if (!moduleUrl.startsWith('file:')) return null
  for (let folder = dirname(fileURLToPath(moduleUrl)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (dirname(folder) === folder) return null
  }
}

/**
 * The manifest of the package that a module belongs to; null where it has none.
 * @throws PluginError where it cannot be read, or tells of no plugin
 */
export function readManifest(moduleUrl: string): StaticManifest | null {
  const folder = packageFolder(moduleUrl)
  const file = folder && join(folder, MANIFEST_FILE)
  if (!file || !existsSync(file)) return null
  let manifest: Partial<StaticManifest> | null
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8')) as Partial<StaticManifest> | null
  } catch (error) {
    throw new PluginError(`Its ${MANIFEST_FILE} is no JSON: run \`kartotek plugin build\` in its folder.`, { cause: error })
  }
  if (manifest?.format !== 1 || typeof manifest.plugin !== 'object') throw new PluginError(`Its ${MANIFEST_FILE} is of another kind than this core reads: run \`kartotek plugin build\` in its folder.`)
  const problems = staticProblems(manifest.plugin as unknown as PluginDefinition)
  if (problems.length) throw new PluginError(`Its ${MANIFEST_FILE} is unsound: ${problems.join(' ')}`)
  return manifest as StaticManifest
}

/** @throws PluginError where the code says something else than the manifest, by which it was let in */
export function checkAgrees(manifest: StaticManifest, plugin: PluginDefinition): void {
  const now = manifestOf(plugin, manifest.sdk).plugin
  const other = [...new Set([...Object.keys(now), ...Object.keys(manifest.plugin)])].filter((key) => !isDeepStrictEqual(now[key], manifest.plugin[key]))
  if (other.length) throw new PluginError(`Its code says something else than its ${MANIFEST_FILE} (${other.join(', ')}): run \`kartotek plugin build\` in its folder.`)
}
