import type { Log, PluginDatabase, PluginDefinition } from '@kartotek/sdk'
import type pg from 'pg'
import { createPool, type Database } from '../../database/index.ts'
import { schemaOf } from './schema.ts'

/** Connections that one plugin may hold in one process. */
const MAX = 4

/** The connections of plugins to their own tables, each made when it is first asked for. */
export class PluginDatabases {
  readonly #db: Pick<Database, 'pluginsUrl'>
  readonly #log: Log
  readonly #pools = new Map<string, pg.Pool>()

  constructor(db: Pick<Database, 'pluginsUrl'>, log: Log) {
    this.#db = db
    this.#log = log
  }

  of({ id, tables }: PluginDefinition): PluginDatabase {
    const pool = (): pg.Pool => {
      if (!tables) throw new Error(`The plugin ${id} has no tables of its own: declare them in "tables".`)
      return this.#pools.get(id) ?? this.#open(id)
    }
    return {
      query: async (sql, values) => rowsOf(await pool().query(sql, values as unknown[])) as never,
      async transaction(run) {
        const client = await pool().connect()
        let broken: boolean | undefined
        try {
          await client.query('begin')
          const result = await run({ query: async (sql, values) => rowsOf(await client.query(sql, values as unknown[])) as never })
          await client.query('commit')
          return result
        } catch (error) {
          await client.query('rollback').catch(() => { broken = true })
          throw error
        } finally {
          client.release(broken)
        }
      },
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()))
    this.#pools.clear()
  }

  #open(plugin: string): pg.Pool {
    const pool = createPool(this.#db.pluginsUrl, this.#log, { max: MAX, applicationName: `kartotek plugin ${plugin}`, searchPath: `${schemaOf(plugin)}, public` })
    this.#pools.set(plugin, pool)
    return pool
  }
}

/** Of several statements without values the answer is that of the last one. */
function rowsOf(result: pg.QueryResult | pg.QueryResult[]): object[] {
  return (Array.isArray(result) ? result.at(-1)! : result).rows as object[]
}
