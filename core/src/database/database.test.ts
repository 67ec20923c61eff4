import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { eventually } from '../testing/child.ts'
import { testDatabase, testLog } from '../testing/index.ts'
import { databaseHealth, openDatabase } from './index.ts'
import { withoutPassword } from './server-check.ts'

const db = await testDatabase({ from: 'empty' })
const cutAll = (): Promise<unknown> => db.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()')

describe('values from the database', () => {
  it('are exact: numeric and int8 as text, dates as days, times as Date', async () => {
    const { rows: [row] } = await db.pool.query(`select 0.1 + 0.2 as sum, 9007199254740993 as big, date '2026-03-29' as day, array[date '2026-01-01', null] as days,
      array[]::date[] as none, timestamptz '2026-03-29 00:30+00' as at, 7 as small, '{"a": 1}'::jsonb as data`)
    expect(row).toEqual({ sum: '0.3', big: '9007199254740993', day: '2026-03-29', days: ['2026-01-01', null], none: [], at: new Date('2026-03-29T00:30:00Z'), small: 7, data: { a: 1 } })
  })

  it('are the same through Kysely', async () => {
    const { rows } = await db.kysely.selectNoFrom(eb => [eb.lit(1).as('one')]).execute().then(rows => ({ rows }))
    expect(rows).toEqual([{ one: 1 }])
  })
})

describe('connections', () => {
  it('carry the limits of a session', async () => {
    const { rows } = await db.pool.query(`select name, setting from pg_settings where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout') order by 1`)
    expect(rows).toEqual([{ name: 'idle_in_transaction_session_timeout', setting: '60000' }, { name: 'lock_timeout', setting: '10000' }, { name: 'statement_timeout', setting: '30000' }])
  })

  it('may be lost idle, in use or between two statements, and the pool goes on', async () => {
    const between = await db.pool.connect()
    await between.query('begin')
    const inUse = db.pool.query('select pg_sleep(10)').then(() => 'slept', () => 'lost')
    await eventually(async () => (await db.pool.query(`select 1 from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'`)).rowCount || undefined)
    await cutAll()
    expect(await inUse).toBe('lost')
    await expect(between.query('select 1')).rejects.toThrow()
    between.release(true)
    expect((await db.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  it('are asked for again at the start while the server has none to give', async () => {
    const limit = (n: number): Promise<unknown> => db.pool.query(`do $$ begin execute format('alter database %I connection limit ${n}', current_database()); end $$`)
    await limit(1)
    let opened = false
    const opening = openDatabase({ dataDir: '', databaseUrl: db.url }, testLog).then((other) => { opened = true; return other })
    await setTimeout(1_500)
    expect(opened).toBe(false)
    await limit(-1)
    await (await opening).close()
  })

  it('are closed once, however often that is asked for', async () => {
    const other = await openDatabase({ dataDir: '', databaseUrl: db.url }, testLog)
    await Promise.all([other.close(), other.close()])
    await expect(other.pool.query('select 1')).rejects.toThrow()
  })
})

describe('listen', () => {
  it('hears what is sent after it began, each listener its own channel, until it ends', async () => {
    const news: string[] = [], other: string[] = []
    const stop = await db.listen('news', payload => news.push(payload))
    await db.listen('other', payload => other.push(payload))
    await db.pool.query(`select pg_notify('news', 'one'), pg_notify('other', 'two')`)
    await eventually(() => other.length || undefined)
    await stop()
    await db.pool.query(`select pg_notify('news', 'unheard'), pg_notify('other', 'three')`)
    await eventually(() => other.length === 2 || undefined)
    expect({ news, other }).toEqual({ news: ['one'], other: ['two', 'three'] })
  })

  it('listens again after a lost connection and says so, because something may have been missed', async () => {
    const heard: string[] = []
    let told = 0
    const stop = await db.listen('again', payload => heard.push(payload), () => { told += 1 })
    await cutAll()
    await eventually(() => told || undefined)
    await db.pool.query(`notify again, 'back'`)
    await eventually(() => heard.length || undefined)
    expect(heard).toEqual(['back'])
    await stop()
  })

  it('is not broken by a handler that throws', async () => {
    const heard: string[] = []
    const stops = [await db.listen('faulty', () => { throw new Error('fault') }), await db.listen('faulty', payload => heard.push(payload))]
    await db.pool.query(`notify faulty, 'x'`)
    await eventually(() => heard.length || undefined)
    for (const stop of stops) await stop()
  })

  it('refuses a channel that would be SQL', async () => {
    await expect(db.listen('x; drop table y', () => undefined)).rejects.toThrow('A channel is lower-case letters')
  })
})

describe('health', () => {
  it('is ready while the database answers', async () => {
    expect(await databaseHealth(db)).toEqual({ ready: true, problems: [] })
    const closed = await openDatabase({ dataDir: '', databaseUrl: db.url }, testLog)
    await closed.close()
    expect(await databaseHealth(closed)).toEqual({ ready: false, problems: ['The database does not answer.'] })
  })
})

it.each([
  ['postgresql://u:geheim@h:5432/d', 'postgresql://u:…@h:5432/d'],
  ['postgresql://u@h/d?password=geheim&x=1', 'postgresql://u@h/d?password=…&x=1'],
])('an address is shown without its password: %s', (url, shown) => {
  expect(withoutPassword(url)).toBe(shown)
})
