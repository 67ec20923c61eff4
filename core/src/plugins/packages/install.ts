import { sql, type Kysely } from 'kysely'
import satisfies from 'semver/functions/satisfies.js'
import { writeAccessLog } from '../../accounts/access-log.ts'
import type { Database } from '../../database/index.ts'
import { SDK_VERSION } from '../discovery.ts'
import type { StaticManifest } from '../static-manifest.ts'
import { PluginError } from '../state.ts'
import { checkHistory } from '../tables/migrate.ts'
import { dropHoldings, holdingsOf } from '../uninstall.ts'
import { choices, chooseEnabled } from './choice.ts'
import type { OpenedPackage } from './open.ts'
import { planOf, removalOf, type PlannedChange } from './plan.ts'
import { runningVersions } from './runs.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- plain SQL
type Db = Kysely<any>

/** What would happen to one plugin, before it does. */
export interface Plan {
  plugin: string
  /** Versions before and after; null: none. */
  from: string | null
  to: string | null
  changes: PlannedChange[]
  /** What the administrator should know, in whole sentences. */
  notes: string[]
}

/** Who does it, for the access log. */
export interface Administrator { userId: string | null, name: string }

/** A version that the database keeps. */
export interface KeptVersion { plugin: string, version: string, spec: string, package: string, sha256: string, bytes: number, added_at: Date, added_by: string }

export async function keptVersions(db: Db): Promise<KeptVersion[]> {
  const { rows } = await sql<KeptVersion>`
    select plugin, version, spec, package, sha256, octet_length(content) as bytes, added_at, added_by from core.plugin_package order by plugin, added_at`.execute(db)
  return rows
}

export async function manifestOfKept(db: Db, plugin: string, version: string): Promise<StaticManifest | null> {
  const { rows: [row] } = await sql<{ manifest: StaticManifest }>`select manifest from core.plugin_package where plugin = ${plugin} and version = ${version}`.execute(db)
  return row?.manifest ?? null
}

/**
 * What adding this package, or running it in place of the one that is there, would change.
 * @throws PluginError where it would not run here: another SDK, tables of a newer version of it
 */
export async function planPackage(db: Database, { manifest, unrun }: Pick<OpenedPackage, 'manifest' | 'unrun'>): Promise<Plan> {
  const { id, version, compat, dependsOn = {} } = manifest.plugin
  if (compat?.sdk && !satisfies(SDK_VERSION, compat.sdk, { includePrerelease: true })) {
    throw new PluginError(`${id} ${version} was written for the SDK ${compat.sdk}, and this core has ${SDK_VERSION}: take a version of it that fits.`)
  }
  await checkHistory(db, id, migrationsOf(manifest))
  const choice = (await choices(db.kysely)).get(id)
  const from = choice?.version ?? null
  const known = new Set([...(await choices(db.kysely)).keys(), ...(await runningVersions(db.kysely)).map((run) => run.plugin)])
  return {
    plugin: id, from, to: version,
    changes: planOf(from === null ? null : await manifestOfKept(db.kysely, id, from), manifest),
    notes: [
      ...unrun.length ? [`Scripts for the installation are not run: ${unrun.join(', ')}. What needs them will not work.`] : [],
      ...Object.entries(dependsOn).filter(([other, { optional }]) => !optional && !known.has(other)).map(([other, { range }]) => `It needs the plugin ${other} ${range}, which is not seen here.`),
      ...choice && !choice.enabled ? ['It is disabled and stays so until it is enabled.'] : [],
    ],
  }
}

/** What removing a plugin with its data would drop. */
export async function planRemoval(db: Db, plugin: string): Promise<Plan> {
  const kept = (await keptVersions(db)).filter((one) => one.plugin === plugin).map((one) => one.version)
  const choice = (await choices(db)).get(plugin)
  return { plugin, from: choice?.version ?? null, to: null, changes: removalOf(await holdingsOf(db, plugin), kept), notes: await whoRuns(db, plugin) }
}

/** Stores a package that is not there yet. It runs from the next start on. */
export async function addPackage(db: Database, opened: OpenedPackage, by: Administrator): Promise<void> {
  const { id } = opened.manifest.plugin
  const choice = (await choices(db.kysely)).get(id)
  if (choice?.version != null && choice.removing === null) throw new PluginError(`${id} is here in version ${choice.version}: upgrade it by \`kartotek plugin upgrade ${id}\`.`)
  await put(db.kysely, opened, by)
  await note(db, 'add', id, by, opened.manifest.plugin.version)
}

/** Stores another version of a package and keeps the one before. It runs from the next start on. */
export async function upgradePackage(db: Database, plugin: string, opened: OpenedPackage, by: Administrator): Promise<void> {
  const { id } = opened.manifest.plugin
  if (id !== plugin) throw new PluginError(`That package is the plugin ${id}, not ${plugin}.`)
  await requirePackage(db.kysely, plugin)
  await put(db.kysely, opened, by)
  await note(db, 'upgrade', id, by, opened.manifest.plugin.version)
}

/** Goes to a version that the database keeps. @throws PluginError where its tables are of a newer one */
export async function useKept(db: Database, plugin: string, version: string, by: Administrator): Promise<void> {
  const manifest = await manifestOfKept(db.kysely, plugin, version)
  if (!manifest) throw new PluginError(`${plugin} ${version} is not kept here.`)
  await checkHistory(db, plugin, migrationsOf(manifest))
  await db.kysely.transaction().execute((trx) => choose(trx, plugin, version))
  await note(db, 'upgrade', plugin, by, version)
}

async function put(db: Db, opened: OpenedPackage, by: Administrator): Promise<void> {
  const { id, version } = opened.manifest.plugin
  await db.transaction().execute(async (trx) => {
    await sql`
      insert into core.plugin_package (plugin, version, spec, package, sha256, content, manifest, added_by)
      values (${id}, ${version}, ${opened.spec}, ${opened.package}, ${opened.sha256}, ${opened.content}, ${JSON.stringify(opened.manifest)}::jsonb, ${by.name})
      on conflict (plugin, version) do update set spec = excluded.spec, package = excluded.package, sha256 = excluded.sha256, content = excluded.content,
        manifest = excluded.manifest, added_by = excluded.added_by, added_at = now()`.execute(trx)
    await choose(trx, id, version)
  })
}

/** The one to run is this; the one before is kept, older ones go. */
async function choose(trx: Db, plugin: string, version: string): Promise<void> {
  await sql`
    insert into core.plugin_choice as c (plugin, version) values (${plugin}, ${version})
    on conflict (plugin) do update set previous = case when c.version is distinct from excluded.version then c.version else c.previous end,
      version = excluded.version, removing = null, changed_at = now()`.execute(trx)
  await sql`
    delete from core.plugin_package p using core.plugin_choice c
    where p.plugin = ${plugin} and c.plugin = p.plugin and p.version <> c.version and p.version is distinct from c.previous`.execute(trx)
}

/** Says whether a plugin runs, from the next start on. @throws PluginError for one that nobody knows */
export async function enablePlugin(db: Database, plugin: string, enabled: boolean, known: ReadonlySet<string>, by: Administrator): Promise<void> {
  const choice = (await choices(db.kysely)).get(plugin)
  if (choice?.removing) throw new PluginError(`${plugin} is being removed.`)
  if (!choice && !known.has(plugin)) throw new PluginError(`There is no plugin ${plugin}: \`kartotek plugin list\` shows those that are here.`)
  await chooseEnabled(db.kysely, plugin, enabled)
  await note(db, enabled ? 'enable' : 'disable', plugin, by)
}

/**
 * Removes a plugin, with its data or without: now, or as soon as no node runs it any more.
 * @returns whether it is done
 */
export async function removePlugin(db: Database, plugin: string, data: 'keep' | 'drop', known: ReadonlySet<string>, by: Administrator): Promise<boolean> {
  const choice = (await choices(db.kysely)).get(plugin)
  if (!choice && !known.has(plugin)) throw new PluginError(`There is no plugin ${plugin}: \`kartotek plugin list\` shows those that are here.`)
  // What another plugin's data lead to is said now, not at the next start.
  if (data === 'drop') await holdingsOf(db.kysely, plugin)
  await sql`
    insert into core.plugin_choice (plugin, enabled, removing) values (${plugin}, false, ${data})
    on conflict (plugin) do update set removing = excluded.removing, changed_at = now()`.execute(db.kysely)
  await note(db, `remove and ${data} data`, plugin, by)
  return (await finishRemovals(db)).includes(plugin)
}

/** Removes what is to be removed and runs nowhere any more. @returns ids of the removed */
export async function finishRemovals(db: Database): Promise<string[]> {
  const waiting = [...(await choices(db.kysely)).values()].filter(({ removing }) => removing !== null)
  if (!waiting.length) return []
  const running = new Set((await runningVersions(db.kysely)).map((run) => run.plugin))
  const done = waiting.filter(({ plugin }) => !running.has(plugin))
  for (const { plugin, removing, version } of done) {
    if (removing === 'drop') await dropHoldings(db, plugin)
    await forgetPackage(db.kysely, plugin, version !== null)
  }
  return done.map(({ plugin }) => plugin)
}

/** One that comes with Kartotek, or is named by KARTOTEK_PLUGINS, would be back at the next start: it stays disabled. */
async function forgetPackage(db: Db, plugin: string, stored: boolean): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`delete from core.plugin_choice where plugin = ${plugin}`.execute(trx)
    await sql`delete from core.plugin_package where plugin = ${plugin}`.execute(trx)
    if (!stored) await chooseEnabled(trx, plugin, false)
  })
}

/** The choice of a plugin that is from a package. @throws PluginError */
export async function requirePackage(db: Db, plugin: string): Promise<{ version: string, previous: string | null }> {
  const choice = (await choices(db)).get(plugin)
  if (choice?.version == null || choice.removing !== null) throw new PluginError(`${plugin} is not among the stored packages: \`kartotek plugin list\` shows them.`)
  return { version: choice.version, previous: choice.previous }
}

async function whoRuns(db: Db, plugin: string): Promise<string[]> {
  const running = (await runningVersions(db)).filter((run) => run.plugin === plugin)
  return running.length ? [`It runs on ${running.reduce((n, run) => n + run.nodes, 0)} node(s): it is removed when all were restarted.`] : []
}

async function note(db: Database, action: string, plugin: string, { userId, name }: Administrator, version?: string): Promise<void> {
  await writeAccessLog(db, { kind: 'plugin_changed', userId, detail: { plugin, action, ...version && { version }, ...userId === null && { by: name } } })
}

function migrationsOf({ plugin }: StaticManifest): { id: string, sql: string }[] {
  return (plugin.tables as { migrations?: { id: string, sql: string }[] } | undefined)?.migrations ?? []
}
