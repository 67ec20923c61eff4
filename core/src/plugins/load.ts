import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PluginDefinition } from '@kartotek/sdk'
import { invokeWithin } from './invoke.ts'
import { shareSdk } from './shared-sdk.ts'
import { PluginError } from './state.ts'

/**
 * Imports the module of one entry of KARTOTEK_PLUGINS: a package name, or a path to a file or a package's folder. Nothing
 * is searched for: what is not found is an error.
 * @param source under which name it is known while it is imported
 * @throws PluginError with what was looked for, or what the module did
 */
export async function loadPlugin(entry: string, baseDir: string, ms: number, source = entry): Promise<PluginDefinition> {
  const file = locate(entry, baseDir)
  shareSdk()
  let module: { default?: unknown }
  try {
    module = await invokeWithin({ plugin: source, site: 'import' }, ms, () => import(file) as Promise<{ default?: unknown }>)
  } catch (error) {
    if (error instanceof PluginError) throw error
    throw new PluginError(`Importing it failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
  if (typeof module.default !== 'object' || module.default === null) {
    throw new PluginError('The module has no default export: write `export default definePlugin({ … })`.')
  }
  return module.default as PluginDefinition
}

/** The URL of the module. @throws PluginError */
export function locate(entry: string, baseDir: string): string {
  const path = isAbsolute(entry) || entry.startsWith('.') ? resolve(baseDir, entry) : null
  if (path) {
    if (!existsSync(path)) throw new PluginError(`There is no file or folder ${path}: correct KARTOTEK_PLUGINS or install the plugin there.`)
    return statSync(path).isDirectory() ? locatePackage(path) : pathToFileURL(path).href
  }
  // Installed beside the company's files, or beside the core.
  for (const parent of [pathToFileURL(join(baseDir, 'package.json')).href, import.meta.url]) {
    try {
      return pathToFileURL(createRequire(parent).resolve(entry)).href
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return entry
    }
  }
  throw new PluginError(`The package ${entry} is not installed: install it, or take it out of KARTOTEK_PLUGINS.`)
}

function locatePackage(folder: string): string {
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) throw new PluginError(`The folder ${folder} has no package.json: give the path of the module itself.`)
  const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }
  try {
    // A package may refer to itself by its name, which honours its `exports`.
    return pathToFileURL(createRequire(manifest).resolve(name ?? folder)).href
  } catch (error) {
    throw new PluginError(`The package in ${folder} has no entry that can be imported: set "exports" in its package.json.`, { cause: error })
  }
}
