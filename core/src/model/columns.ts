import { createHash, randomBytes } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { Column } from './model.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/*
 * PostgreSQL counts dropped columns for the life of a table, up to 1,600. So a column that no field has any more is not dropped:
 * it is emptied and renamed to a spare, which the next field of the same type takes. A spare tells its type by its name, so
 * that the catalogue is all there is to know, also after a restore. No column of a field begins with `_`.
 */
const spareOf = (type: string): string => `_spare_${createHash('sha256').update(type).digest('hex').slice(0, 8)}_`

const BATCH = 2_000

/**
 * Adds the columns of a field, spare ones first: nullable, so that it takes no rewrite and nodes of an older version can still
 * write. Those that are there stay.
 */
export async function addColumns(trx: Db, table: string, columns: readonly Column[]): Promise<void> {
  const present = await columnNames(trx, table)
  const missing = columns.filter((column) => !present.includes(column.name))
  const fresh: Column[] = []
  for (const column of missing) {
    const at = present.findIndex((name) => name.startsWith(spareOf(column.type)))
    if (at < 0) { fresh.push(column); continue }
    const [spare] = present.splice(at, 1)
    await sql`alter table core.${sql.id(table)} rename column ${sql.id(spare!)} to ${sql.id(column.name)}`.execute(trx)
  }
  if (fresh.length) await sql`alter table core.${sql.id(table)} ${sql.join(fresh.map((c) => sql`add column ${sql.id(c.name)} ${sql.raw(c.type)}`))}`.execute(trx)
}

/** Empties columns that no field has any more, in short batches while people work. */
export async function emptyColumns(db: Db, table: string, columns: readonly Column[]): Promise<void> {
  const there = await existing(db, table, columns)
  if (!there.length) return
  const names = there.map((column) => sql.id(column.name))
  for (let last = '00000000-0000-0000-0000-000000000000'; ;) {
    const { rows } = await sql<{ id: string }>`select id from core.${sql.id(table)} where id > ${last}::uuid order by id limit ${sql.lit(BATCH)}`.execute(db)
    const ids = rows.map((row) => row.id)
    await sql`update core.${sql.id(table)} set ${sql.join(names.map((name) => sql`${name} = null`))} where id = any(${ids}::uuid[]) and num_nonnulls(${sql.join(names)}) > 0`.execute(db)
    if (ids.length < BATCH) return
    last = ids.at(-1)!
  }
}

/** Makes empty columns that no field has any more spare, without the indexes and constraints that they had. */
export async function makeSpare(trx: Db, table: string, columns: readonly Column[]): Promise<void> {
  for (const { name, type } of await existing(trx, table, columns)) {
    const { rows } = await sql<{ drop: string }>`
      select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop from pg_constraint join pg_attribute a on attrelid = conrelid and attnum = any(conkey)
        where conrelid = to_regclass(${`core."${table}"`}) and attname = ${name}
      union all select distinct format('drop index %s', d.objid::regclass) from pg_depend d join pg_class i on i.oid = d.objid and i.relkind = 'i' join pg_attribute a on attrelid = d.refobjid and attnum = d.refobjsubid
        where d.classid = 'pg_class'::regclass and d.refobjid = to_regclass(${`core."${table}"`}) and attname = ${name}
          and not exists (select 1 from pg_constraint where conindid = d.objid)`.execute(trx)
    for (const one of rows) await sql.raw(one.drop).execute(trx)
    await sql`alter table core.${sql.id(table)} alter column ${sql.id(name)} drop default, alter column ${sql.id(name)} set statistics -1`.execute(trx)
    await sql`alter table core.${sql.id(table)} rename column ${sql.id(name)} to ${sql.id(`${spareOf(type)}${randomBytes(6).toString('hex')}`)}`.execute(trx)
  }
}

async function existing(db: Db, table: string, columns: readonly Column[]): Promise<Column[]> {
  const present = await columnNames(db, table)
  return columns.filter((column) => present.includes(column.name))
}

async function columnNames(db: Db, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select attname as name from pg_attribute where attrelid = to_regclass(${`core."${table}"`}) and attnum > 0 and not attisdropped order by attnum`.execute(db)
  return rows.map((row) => row.name)
}
