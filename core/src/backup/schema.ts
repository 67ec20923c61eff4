import type { ClientBase } from 'pg'

/** Schemas that belong to Kartotek: the core, accounts, and one per plugin. The store of jobs (`pgboss`) is made anew at start, see {@link WAITING_JOBS}. */
export const OURS = `(nspname in ('core', 'auth') or nspname ~ '^p_[a-z]')`

/** The schema as statements, in three phases around the loading of the rows. */
export interface SchemaScript {
  /** Schemas, types, functions, sequences. A function may need a table: those that fail here are tried again after `tables`. */
  before: string[]
  tables: string[]
  /** Constraints, indexes, triggers, owners of sequences, comments. */
  after: string[]
}

/** What fills `core.waiting_job` in an archive: the jobs that have not ended well yet. */
const WAITING_JOBS = `(select id, name, to_jsonb(job) from pgboss.job where state < 'completed' and not name like '\\_\\_%')`

/** A table whose rows are copied. */
export interface TableData {
  /** Qualified and quoted. */
  table: string
  /** Quoted, in order, without generated ones. */
  columns: string[]
  /** A query in its place that gives its columns. */
  rowsOf?: string
}

export interface SequenceValue {
  sequence: string
  /** Table and column of an identity column: PostgreSQL names its sequence itself when the table is made. */
  identity: [table: string, column: string] | null
  value: string
  called: boolean
}

/**
 * Reads the definition of everything in our schemas from PostgreSQL's catalog. The session must have an empty search path, so
 * that PostgreSQL qualifies the names that it prints.
 *
 * @throws Error for a kind of object that would otherwise be lost in silence
 */
export async function readSchema(client: ClientBase): Promise<SchemaScript & { data: TableData[] }> {
  const list = async (sql: string): Promise<string[]> => (await client.query<{ s: string }>(sql)).rows.map(row => row.s)
  await refuseUnknown(client)
  const tables = await readTables(client)
  const { rows: [store] } = await client.query<{ there: boolean }>(`select to_regclass('pgboss.job') is not null as there`)
  return {
    before: [
      ...await list(`select format('create schema %I', nspname) as s from pg_namespace where ${OURS} order by 1`),
      ...await list(`
        select format('create type %s as enum (%s)', pg_type.oid::regtype, string_agg(quote_literal(enumlabel), ', ' order by enumsortorder)) as s
        from pg_type join pg_enum on enumtypid = pg_type.oid join pg_namespace n on n.oid = typnamespace where ${OURS} group by pg_type.oid order by 1`),
      ...await list(`
        select format('create sequence %s as %s increment %s minvalue %s maxvalue %s start %s cache %s %s', seqrelid::regclass, seqtypid::regtype,
          seqincrement, seqmin, seqmax, seqstart, seqcache, case when seqcycle then 'cycle' else 'no cycle' end) as s
        from pg_sequence join pg_class c on c.oid = seqrelid join pg_namespace n on n.oid = relnamespace
        where ${OURS} and not exists (select from pg_depend where objid = seqrelid and classid = 'pg_class'::regclass and deptype = 'i') order by 1`),
      ...await list(`
        select pg_get_functiondef(p.oid) as s from pg_proc p join pg_namespace n on n.oid = pronamespace
        where ${OURS} and prokind in ('f', 'p') order by p.oid`),
    ],
    tables: tables.map(table => table.definition),
    after: [
      // primary and unique keys before the foreign keys that lead to them
      ...await list(`
        select format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(c.oid)) as s
        from pg_constraint c join pg_namespace n on n.oid = connamespace
        where ${OURS} and conrelid <> 0 and contype in ('p', 'u', 'x', 'c', 'f') and conislocal and coninhcount = 0 and conparentid = 0
        order by contype = 'f', c.oid`),
      ...await list(`
        select pg_get_indexdef(indexrelid) as s from pg_index join pg_class c on c.oid = indexrelid join pg_namespace n on n.oid = relnamespace
        where ${OURS} and indisvalid and not relispartition and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x')) order by indexrelid`),
      ...await list(`
        select format('alter sequence %s owned by %s.%I', d.objid::regclass, d.refobjid::regclass, attname) as s
        from pg_depend d join pg_class c on c.oid = d.objid and relkind = 'S' join pg_namespace n on n.oid = relnamespace
          join pg_attribute on attrelid = d.refobjid and attnum = d.refobjsubid
        where ${OURS} and d.classid = 'pg_class'::regclass and deptype = 'a' order by 1`),
      ...await list(`
        select format('create view %s as %s', c.oid::regclass, pg_get_viewdef(c.oid)) as s
        from pg_class c join pg_namespace n on n.oid = relnamespace where ${OURS} and relkind = 'v' order by c.oid`),
      ...await list(`
        select pg_get_triggerdef(t.oid) as s from pg_trigger t join pg_class c on c.oid = tgrelid join pg_namespace n on n.oid = relnamespace
        where ${OURS} and not tgisinternal and tgparentid = 0 order by t.oid`),
      ...await list(`
        select format('comment on %s %s is %L', case when objsubid = 0 then 'table' else 'column' end,
          c.oid::regclass || case when objsubid = 0 then '' else '.' || quote_ident(attname) end, description) as s
        from pg_description join pg_class c on c.oid = objoid and classoid = 'pg_class'::regclass and relkind in ('r', 'p') join pg_namespace n on n.oid = relnamespace
          left join pg_attribute on attrelid = c.oid and attnum = objsubid
        where ${OURS} order by 1`),
    ],
    data: tables.filter(table => table.rows).map(({ table, columns }) => ({ table, columns, ...(table === 'core.waiting_job' && store!.there && { rowsOf: WAITING_JOBS }) })),
  }
}

/** Current values; read last, because a sequence stands outside of snapshots and only grows. */
export async function readSequences(client: ClientBase): Promise<SequenceValue[]> {
  const { rows } = await client.query<Pick<SequenceValue, 'sequence' | 'identity'>>(`
    select c.oid::regclass::text as sequence,
      (select json_build_array(refobjid::regclass::text, attname) from pg_depend join pg_attribute on attrelid = refobjid and attnum = refobjsubid
        where objid = c.oid and classid = 'pg_class'::regclass and deptype = 'i') as identity
    from pg_class c join pg_namespace n on n.oid = relnamespace where relkind = 'S' and ${OURS} order by 1`)
  const values: SequenceValue[] = []
  for (const row of rows) {
    const { rows: [state] } = await client.query<Pick<SequenceValue, 'value' | 'called'>>(`select last_value::text as value, is_called as called from ${row.sequence}`)
    values.push({ ...row, ...state! })
  }
  return values
}

/** Names of all tables in our schemas, for locking them. */
export async function tableNames(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ s: string }>(`
    select format('%I.%I', nspname, relname) as s from pg_class c join pg_namespace n on n.oid = relnamespace where relkind in ('r', 'p') and ${OURS} order by 1`)
  return rows.map(row => row.s)
}

interface Table extends TableData { definition: string, rows: boolean }
interface TableRow { table: string, kind: 'r' | 'p', unlogged: boolean, parent: string | null, bound: string | null, key: string | null, options: string | null, columns: { name: string, text: string, generated: boolean }[] }

async function readTables(client: ClientBase): Promise<Table[]> {
  const { rows } = await client.query<TableRow>(`
    select format('%I.%I', nspname, relname) as table, relkind as kind, relpersistence = 'u' as unlogged, array_to_string(reloptions, ', ') as options,
      case when relispartition then (select inhparent::regclass::text from pg_inherits where inhrelid = c.oid) end as parent,
      pg_get_expr(relpartbound, c.oid) as bound, case when relkind = 'p' then pg_get_partkeydef(c.oid) end as key,
      coalesce((select json_agg(json_build_object('name', quote_ident(attname), 'generated', attgenerated <> '', 'text', concat_ws(' ',
          quote_ident(attname), format_type(atttypid, atttypmod),
          case when attcollation not in (0, (select typcollation from pg_type where oid = atttypid)) then 'collate ' || attcollation::regcollation end,
          case when attgenerated <> '' then format('generated always as (%s) stored', pg_get_expr(adbin, adrelid))
            when attidentity <> '' then format('generated %s as identity', case attidentity when 'a' then 'always' else 'by default' end)
            when adbin is not null then 'default ' || pg_get_expr(adbin, adrelid) end,
          case when attnotnull then 'not null' end)) order by attnum)
        from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum where attrelid = c.oid and attnum > 0 and not attisdropped), '[]') as columns
    from pg_class c join pg_namespace n on n.oid = relnamespace where relkind in ('r', 'p') and ${OURS}
    order by relispartition, c.oid`)
  return rows.map(row => ({ table: row.table, columns: row.columns.filter(column => !column.generated).map(column => column.name), rows: row.kind === 'r', definition: definition(row) }))
}

function definition({ table, unlogged, parent, bound, key, options, columns }: TableRow): string {
  const shape = parent ? `partition of ${parent} ${bound}` : `(\n  ${columns.map(column => column.text).join(',\n  ')}\n)`
  return `create ${unlogged ? 'unlogged ' : ''}table ${table} ${shape}${key ? ` partition by ${key}` : ''}${options ? ` with (${options})` : ''}`
}

async function refuseUnknown(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`
    select 'materialised view or foreign table ' || c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = relnamespace where relkind in ('m', 'f') and ${OURS}
    union all select 'domain or composite type ' || t.oid::regtype from pg_type t join pg_namespace n on n.oid = typnamespace
      where ${OURS} and (typtype = 'd' or typtype = 'c' and exists (select from pg_class where oid = typrelid and relkind = 'c'))
    union all select 'aggregate ' || p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = pronamespace where ${OURS} and prokind in ('a', 'w')
    union all select 'row security of ' || c.oid::regclass from pg_class c join pg_namespace n on n.oid = relnamespace where ${OURS} and relrowsecurity
    union all select 'inheritance of ' || inhrelid::regclass from pg_inherits join pg_class c on c.oid = inhrelid join pg_namespace n on n.oid = relnamespace where ${OURS} and not relispartition`)
  if (rows.length) throw new Error(`A backup cannot carry the ${rows.map(row => row.name).join(', the ')}.`)
}
