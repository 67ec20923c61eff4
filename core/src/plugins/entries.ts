import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PluginDefinition } from '@kartotek/sdk'
import type { Database } from '../database/index.ts'
import { locate } from './load.ts'
import { forgetUnpacked, storedPackages, unpacked } from './packages/store.ts'

/** Where one plugin comes from. */
export interface PluginEntry {
  /** Under this name its quarantine is remembered: `bundled:telephony`, `package:telephony@1.2.0`, or the entry of KARTOTEK_PLUGINS. */
  source: string
  /** A package name or a path, a function that brings the package's folder here, or in tests the plugin itself. */
  module: string | PluginDefinition | (() => Promise<string>)
  /** What is known of it before it is read. */
  announced?: { id: string, version: string }
  /** Nobody asked for it: where it lacks settings, that is no news. */
  bundled?: boolean
}

export interface EntriesOptions {
  db: Database
  /** Entries of KARTOTEK_PLUGINS, or plugins given by tests. */
  plugins: readonly (string | PluginDefinition)[]
  /** Whether the plugins that this copy of Kartotek brings belong to it. */
  bundled: boolean
  /** Where packages kept in the database are unpacked; absent: they are left out. */
  pluginsDir?: string | undefined
}

/** Folder of the plugins that come with the core, and those of them that are found there: nothing is searched for. */
const BUNDLED = fileURLToPath(new URL('../../../plugins/', import.meta.url))
export const BUNDLED_PLUGINS: readonly string[] = ['telephony', 'messengers', 'openid']

/** All plugins of this process. A stored package takes the place of the bundled plugin of the same id, and KARTOTEK_PLUGINS that of the same folder. */
export async function pluginEntries({ db, plugins, bundled, pluginsDir }: EntriesOptions): Promise<PluginEntry[]> {
  const stored = pluginsDir === undefined ? [] : await storedPackages(db.kysely)
  if (pluginsDir !== undefined) await forgetUnpacked(db.kysely, pluginsDir)
  const named = new Set(plugins.flatMap((module) => (typeof module === 'string' ? [placeOf(module)] : [])))
  return [
    ...(bundled ? bundledEntries() : []).filter((entry) => !named.has(placeOf(entry.module as string)) && !stored.some(({ plugin }) => plugin === entry.announced!.id)),
    ...stored.map((pack): PluginEntry => ({
      source: `package:${pack.plugin}@${pack.version}`, announced: { id: pack.plugin, version: pack.version }, module: () => unpacked(db.kysely, pluginsDir!, pack),
    })),
    ...plugins.map(entryOf),
  ]
}

export function entryOf(module: string | PluginDefinition): PluginEntry {
  return { source: typeof module === 'string' ? module : `given:${module.id}`, module }
}

function bundledEntries(): PluginEntry[] {
  return BUNDLED_PLUGINS.flatMap((id) => {
    const folder = join(BUNDLED, id)
    if (placeOf(folder) === null) return []
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
    return [{ source: `bundled:${id}`, module: folder, announced: { id, version }, bundled: true }]
  })
}

/** The file of an entry; null where there is none. */
function placeOf(module: string): string | null {
  try {
    const url = locate(module, process.cwd())
    return existsSync(fileURLToPath(url)) ? url : null
  } catch {
    return null
  }
}
