import { sql, type Kysely } from 'kysely'
import { choices } from './choice.ts'
import { runningVersions, type RunningVersion } from './runs.ts'

/** One plugin of the installation, as the database knows it. */
export interface ListedPlugin {
  /** Its id, or the entry where nothing else is known of it. */
  id: string
  /** The stored version, or that of the last start. */
  version: string | null
  source: string
  /** What the next start does with it. */
  state: 'enabled' | 'disabled' | 'removing' | 'quarantined'
  /** Why it is in quarantine. */
  cause: string | null
  previous: string | null
  /** Its name in the registry; null where it came from a file or is not from a package. */
  package: string | null
  /** Versions that nodes run now: another one than `version` until they are restarted. */
  running: RunningVersion[]
}

/** Stored packages, and what was here at the last start. */
export async function listPlugins(db: Kysely<any>): Promise<ListedPlugin[]> { // eslint-disable-line @typescript-eslint/no-explicit-any -- plain SQL
  const [chosen, running] = [await choices(db), await runningVersions(db)]
  const { rows: stored } = await sql<{ key: string, spec: string }>`select plugin || '@' || version as key, spec from core.plugin_package where spec !~ '\\.(tgz|tar\\.gz)$'`.execute(db)
  const names = new Map(stored.map(({ key, spec }) => [key, spec]))
  const { rows: seen } = await sql<{ source: string, plugin: string | null, version: string | null, quarantine_cause: string | null, quarantined: boolean }>`
    select source, plugin, version, quarantine_cause, quarantined_at is not null as quarantined from core.plugin_state order by coalesce(plugin, source)`.execute(db)
  const list = new Map<string, ListedPlugin>()
  for (const { source, plugin, version, quarantine_cause: cause, quarantined } of seen) {
    const id = plugin ?? source
    list.set(id, { id, version, source, state: quarantined ? 'quarantined' : 'enabled', cause, previous: null, package: null, running: [] })
  }
  for (const { plugin, enabled, version, previous, removing } of chosen.values()) {
    const was = list.get(plugin)
    const source = version === null ? was?.source ?? 'not here' : `package:${plugin}@${version}`
    // A version that was chosen since has done nothing wrong yet.
    const quarantined = was?.state === 'quarantined' && was.source === source
    list.set(plugin, {
      id: plugin, version: version ?? was?.version ?? null, source, previous, package: names.get(`${plugin}@${version}`) ?? null, running: [], cause: quarantined ? was.cause : null,
      state: removing ? 'removing' : !enabled ? 'disabled' : quarantined ? 'quarantined' : 'enabled',
    })
  }
  for (const run of running) list.get(run.plugin)?.running.push(run)
  return [...list.values()].sort((a, b) => a.id.localeCompare(b.id))
}
