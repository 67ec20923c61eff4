/** One reviewed, forward-only step of a plugin's own tables. */
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

/** The plugin's own tables, beside its objects: for what nobody looks at as a record. */
export interface PluginDatabase {
  /**
   * Rows of one statement over the plugin's own schema; `values` stand for `$1`, `$2` …. Exact numbers (`numeric`, `bigint`)
   * arrive as text, dates as `YYYY-MM-DD`, moments as Date. The core's tables cannot be read here: records are read through
   * `ctx.records`, with the rights of the actor.
   */
  query<Row extends object = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** Several statements, all or none. It is a transaction of its own: what is written through `ctx.records` does not belong to it. */
  transaction<Result>(run: (db: Pick<PluginDatabase, 'query'>) => Promise<Result>): Promise<Result>
}

/** The plugin's own tables. */
export interface PluginTables {
  migrations: PluginMigration[]
  /** What becomes of all its data when it is removed, unless the operator says otherwise. `ask` (default): the operator must say. */
  onUninstall?: 'keep' | 'drop' | 'ask'
}
