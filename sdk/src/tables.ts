/** One reviewed, forward-only step of {@link PluginTables}. */
export interface PluginMigration {
  /** `<four digits>-<what>` in kebab-case, unique within the plugin, never renamed: `0001-calls`. Applied in the order of the list. */
  id: string
  /**
   * One or more statements, run in one transaction. Names without a schema are those of the plugin's own schema
   * (`p_<id>`, with underscores). Foreign keys may lead to records (`references core.client on delete cascade`, or
   * `set null`: a plugin's row must not keep a record from being deleted). Nothing else of the core can be read or changed.
   */
  sql: string
}

/** Statements over {@link PluginTables}, reached by `ctx.db`. */
export interface PluginDatabase {
  /**
   * Rows of one statement over the plugin's own schema; `values` stand for `$1`, `$2` …. Exact numbers (`numeric`, `bigint`)
   * arrive as text, dates as `YYYY-MM-DD`, moments as Date. The core's tables cannot be read here: records are read through
   * `ctx.records`, with the rights of the actor.
   * @throws Error as PostgreSQL tells it, with its `code`
   */
  query<Row extends object = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** Several statements, all or none. It is a transaction of its own: what is written through `ctx.records` does not belong to it. */
  transaction<Result>(run: (db: Pick<PluginDatabase, 'query'>) => Promise<Result>): Promise<Result>
}

/**
 * The plugin's own tables.
 *
 * @example
 * // Where a foreign list was read to, and what of it waits: nobody looks at that as a record.
 * import { definePlugin, type PluginContext } from '@kartotek/sdk'
 *
 * async function take(rows: { id: string, text: string }[], cursor: string, ctx: PluginContext): Promise<void> {
 *   await ctx.db.transaction(async (db) => {
 *     for (const { id, text } of rows) await db.query('insert into waiting (id, text) values ($1, $2) on conflict (id) do nothing', [id, text])
 *     await db.query('insert into progress (one, cursor) values (true, $1) on conflict (one) do update set cursor = excluded.cursor', [cursor])
 *   })
 * }
 *
 * export default definePlugin({
 *   id: 'reader', version: '1.0.0', compat: { sdk: '^0.1' },
 *   tables: {
 *     onUninstall: 'drop',
 *     migrations: [
 *       { id: '0001-waiting', sql: 'create table waiting (id text primary key, text text not null)' },
 *       { id: '0002-progress', sql: 'create table progress (one boolean primary key check (one), cursor text not null)' },
 *     ],
 *   },
 *   schedules: [{ id: 'read', cron: '0 4 * * *', run: (ctx) => take([], 'begin', ctx) }],
 * })
 */
export interface PluginTables {
  /** In the order in which they are applied; new ones at the end. One that was applied anywhere is never edited. */
  migrations: PluginMigration[]
  /** What becomes of all its data when it is removed, unless the operator says otherwise. `ask` (default): the operator must say. */
  onUninstall?: 'keep' | 'drop' | 'ask'
}
