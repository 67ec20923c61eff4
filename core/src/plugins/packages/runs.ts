import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import type { Log } from '@kartotek/sdk'
import type { PluginState } from '../state.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- plain SQL
type Db = Kysely<any>

const RENEW_MS = 20_000
/** A node that has not said for so long that it lives is gone. */
const GONE_SECONDS = 90

/** Which version of a plugin how many nodes run. */
export interface RunningVersion { plugin: string, version: string, nodes: number }

export async function runningVersions(db: Db): Promise<RunningVersion[]> {
  const { rows } = await sql<RunningVersion>`
    select plugin, version, count(*)::int as nodes from core.plugin_run where seen_at > now() - make_interval(secs => ${GONE_SECONDS}) group by 1, 2 order by 1, 2`.execute(db)
  return rows
}

/** Says which plugins this node runs, as long as it does. */
export class RunNotice {
  readonly #node = uuidv7()
  readonly #db: Db
  readonly #log: Log
  #timer: NodeJS.Timeout | undefined

  constructor(db: Db, log: Log) {
    this.#db = db
    this.#log = log
  }

  /** @param states those of all plugins, at the end of the start */
  async begin(states: readonly PluginState[]): Promise<void> {
    const running = states.filter((s) => s.state === 'running' && s.version !== null).map(({ id, version }) => ({ id, version }))
    if (!running.length) return
    const renew = () => sql`
      with old as (delete from core.plugin_run where seen_at < now() - interval '1 day')
      insert into core.plugin_run (node, plugin, version) select ${this.#node}::uuid, id, version from jsonb_to_recordset(${JSON.stringify(running)}::jsonb) as p (id text, version text)
      on conflict (node, plugin) do update set seen_at = now()`.execute(this.#db)
    await renew()
    this.#timer = setInterval(() => { renew().catch((error: Error) => this.#log.warn({ err: error }, 'which plugins run here could not be noted')) }, RENEW_MS)
    this.#timer.unref()
  }

  async end(): Promise<void> {
    if (!this.#timer) return
    clearInterval(this.#timer)
    await sql`delete from core.plugin_run where node = ${this.#node}`.execute(this.#db)
  }
}
