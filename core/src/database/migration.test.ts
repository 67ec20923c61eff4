import { beforeEach, describe, expect, it } from 'vitest'
import { testDatabase } from '../testing/index.ts'
import { migrate, type Migration } from './migration.ts'

const db = await testDatabase({ from: 'empty' })
const first: Migration = { id: 'room-0001-thing', sql: 'create table core.thing (id int primary key)' }
const second: Migration = { id: 'room-0002-name', sql: 'alter table core.thing add column name text' }

const applied = async (): Promise<string[]> =>
  (await db.pool.query<{ id: string }>('select id from core.migration order by applied_at, id')).rows.map(row => row.id)

beforeEach(async () => { await db.pool.query('drop schema if exists core cascade') })

describe('migrate', () => {
  it('makes the schema and the extensions, applies in order, and does no harm a second time', async () => {
    expect(await migrate(db, [first, second])).toEqual([first.id, second.id])
    expect(await migrate(db, [first, second])).toEqual([])
    expect(await applied()).toEqual([first.id, second.id])
    const { rows } = await db.pool.query(`select extname from pg_extension where extname in ('pg_trgm', 'unaccent', 'btree_gin')`)
    expect(rows).toHaveLength(3)
  })

  it('applies each migration once when several nodes start at once', async () => {
    const results = await Promise.all(Array.from({ length: 4 }, () => migrate(db, [first, second])))
    expect(results.flat().sort()).toEqual([first.id, second.id])
  })

  it('leaves nothing of a migration that fails, and goes on from there after it is mended', async () => {
    const broken: Migration = { id: 'room-0002-broken', sql: 'create table core.half (id int); select 1 / 0' }
    await expect(migrate(db, [first, broken])).rejects.toThrow('Migration room-0002-broken failed and left nothing behind: division by zero')
    expect(await applied()).toEqual([first.id])
    expect((await db.pool.query(`select to_regclass('core.half') as half`)).rows).toEqual([{ half: null }])
    expect(await migrate(db, [first, second])).toEqual([second.id])
  })

  it('refuses a migration that was edited after it had been applied', async () => {
    await migrate(db, [first])
    await expect(migrate(db, [{ ...first, sql: 'select 1' }])).rejects.toThrow('Migration room-0001-thing was changed')
  })

  it('refuses two migrations of one id before it touches anything', async () => {
    await expect(migrate(db, [first, { ...second, id: first.id }])).rejects.toThrow('Two migrations are called room-0001-thing')
  })

  it('works beside additive migrations of a newer version and refuses breaking ones', async () => {
    await migrate(db, [first, second])
    expect(await migrate(db, [first])).toEqual([])
    await migrate(db, [first, second, { id: 'room-0003-gone', sql: 'alter table core.thing drop column name', breaking: true }])
    await expect(migrate(db, [first, second])).rejects.toThrow('migrated by a newer version of Kartotek (room-0003-gone)')
  })

  it('gives the connection back without its lock and its settings', async () => {
    await migrate(db, [first])
    const { rows } = await db.pool.query(`select current_setting('statement_timeout') as statement, (select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()))::int as locks`)
    expect(rows).toEqual([{ statement: '30s', locks: 0 }])
  })
})
