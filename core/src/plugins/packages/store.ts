import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sql, type Kysely } from 'kysely'
import { PluginError } from '../state.ts'
import { unpack } from './archive.ts'
import { runningVersions } from './runs.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- plain SQL
type Db = Kysely<any>

/** A package in the database, without its content. */
export interface StoredPackage { plugin: string, version: string, sha256: string }

/** The packages that the next start runs, or leaves disabled. What is to be removed is none of them. */
export async function storedPackages(db: Db): Promise<StoredPackage[]> {
  const { rows } = await sql<StoredPackage>`
    select plugin, version, sha256 from core.plugin_choice join core.plugin_package using (plugin, version) where removing is null order by plugin`.execute(db)
  return rows
}

/**
 * The folder of a package on this node, unpacked out of the database where it is missing. Two nodes that share the directory may do
 * it at once: a folder appears whole.
 * @throws PluginError where the content is not what was stored
 */
export async function unpacked(db: Db, directory: string, { plugin, version, sha256 }: StoredPackage): Promise<string> {
  const folder = join(directory, folderOf({ plugin, version, sha256 }))
  if (existsSync(folder)) return folder
  const { rows: [row] } = await sql<{ content: Buffer }>`select content from core.plugin_package where plugin = ${plugin} and version = ${version}`.execute(db)
  if (!row || hashOf(row.content) !== sha256) throw new PluginError('Its package in the database is damaged: add it again.')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const fresh = mkdtempSync(join(directory, '.unpacking-'))
  try {
    await unpack(row.content, fresh)
    renameSync(fresh, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return folder
}

/** Takes away the folders of packages that are neither stored any more nor run by a node that shares the directory. */
export async function forgetUnpacked(db: Db, directory: string): Promise<void> {
  if (!existsSync(directory)) return
  const { rows: kept } = await sql<StoredPackage>`select plugin, version, sha256 from core.plugin_package`.execute(db)
  const running = (await runningVersions(db)).map(({ plugin, version }) => `${stemOf({ plugin, version })}-`)
  const needed = new Set(kept.map(folderOf))
  for (const name of readdirSync(directory)) {
    // A hidden one is being unpacked now, by somebody.
    if (!name.startsWith('.') && !needed.has(name) && !running.some((stem) => name.startsWith(stem))) rmSync(join(directory, name), { recursive: true, force: true })
  }
}

export const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** A version may have letters that no file name has everywhere; the hash tells them apart. */
export const folderOf = (pack: StoredPackage): string => `${stemOf(pack)}-${pack.sha256.slice(0, 16)}`
const stemOf = ({ plugin, version }: Pick<StoredPackage, 'plugin' | 'version'>): string => `${plugin}-${version.replace(/[^\w.-]/g, '_')}`
