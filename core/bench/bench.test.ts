import { describe, expect, it } from 'vitest'
import { stepsOf } from './first-start.ts'
import { frameTimes } from './frames.ts'
import { readOptions } from './options.ts'
import { plainStatement, sameAnswer } from './plain-queries.ts'
import { percentile } from './table.ts'
import { registrationNumber, registrationNumberSql, taxNumber, taxNumberSql } from './tax-number.ts'
import { ruProblem } from '../src/facts/tax-id-ru.ts'
import { testDatabaseUrl } from '../src/testing/index.ts'
import pg from 'pg'
import { encodeCursor } from '../src/records/order.ts'

const ID = '01a20123-32f7-77db-9d71-c628c7be09fe'

describe('plain SQL beside the named queries', () => {
  it('is the answer of the API only with the same records in the same order', () => {
    const page = { clients: { nodes: [{ id: 'a' }, { id: 'b' }], pageInfo: { hasNextPage: false } } }
    expect(sameAnswer(page, [{ id: 'a', name: 'A' }, { id: 'b', name: 'B' }])).toBe(true)
    expect(sameAnswer(page, [{ id: 'b' }, { id: 'a' }])).toBe(false)
    expect(sameAnswer(page, [{ id: 'a' }])).toBe(false)
  })

  it('does not count the row that tells whether there is another page', () => {
    const rows = Array.from({ length: 51 }, (_, i) => ({ id: String(i) }))
    expect(sameAnswer({ clients: { nodes: rows.slice(0, 50) } }, rows)).toBe(true)
    expect(sameAnswer({ clients: { nodes: rows } }, rows)).toBe(false)
  })

  it('has the same figures, groups and counts', () => {
    const groups = { orderAggregate: [{ keys: [{ value: ID, label: 'Ромашка' }], values: [{ value: '10.00', currency: 'RUB' }] }] }
    expect(sameAnswer(groups, [{ client_id: ID, name: 'Ромашка', total: '10.00', currency: 'RUB' }])).toBe(true)
    expect(sameAnswer(groups, [{ client_id: ID, name: 'Ромашка', total: '10.01', currency: 'RUB' }])).toBe(false)
    expect(sameAnswer({ clients: { total: { value: 50 } } }, [{ count: '50' }])).toBe(true)
    expect(sameAnswer({ clients: { total: { value: 99_000 } } }, [{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': 98_000 } }] }])).toBe(false)
  })

  it('may show others of those that come to the same amount as the last', () => {
    const of = (...rows: [string, string][]) => ({ orderAggregate: rows.map(([value, sum]) => ({ keys: [{ value, label: value }], values: [{ value: sum, currency: 'RUB' }] })) })
    const rows = (...all: [string, string][]) => all.map(([id, total]) => ({ id, name: id, total, currency: 'RUB' }))
    expect(sameAnswer(of(['a', '9'], ['b', '7']), rows(['a', '9'], ['c', '7']))).toBe(true)
    expect(sameAnswer(of(['a', '9'], ['b', '7']), rows(['c', '9'], ['b', '7']))).toBe(false)
    expect(sameAnswer(of(['a', '9'], ['b', '7']), rows(['a', '9'], ['b', '6']))).toBe(false)
    expect(sameAnswer(of(['a', '9']), rows(['a', '9'], ['b', '7']))).toBe(false)
  })

  it('leaves a manager what is his, and begins a page where the API begins it', () => {
    expect(plainStatement('filter on an indexed text', { v: 'Торговля' }, null)).toEqual({ text: expect.not.stringContaining('owner_id'), values: ['Торговля'] })
    expect(plainStatement('filter on an indexed text', { v: 'Торговля' }, ID).text).toContain(`r.owner_id = '${ID}'`)
    expect(plainStatement('sum by month', {}, ID).text).toContain('r.client_id = any')
    expect(plainStatement('deep cursor by name', { after: encodeCursor({ values: ['Ромашка'], id: ID }) }, null).values).toEqual(['Ромашка', ID])
  })
})

it('takes the time of frames in which the page moved', () => {
  expect(frameTimes([[0, false], [16, true], [33, true], [300, false], [316, true]])).toEqual([16, 17, 16])
})

it('tells apart what a first start is spent on', () => {
  const said = [{ at: 5, text: 'Installing 550 dependencies. This is done once …' }, { at: 40, text: '  … 15 s, 300 of 550 dependencies are here' }, { at: 60, text: 'Building the web app. This is done once …' }, { at: 95, text: '  Kartotek is ready: http://127.0.0.1:3000/' }]
  expect(stepsOf({ begunAt: 2, said, builtAt: 90, readyAt: 96 })).toEqual({ installMs: 58, buildMs: 30, startMs: 6 })
  expect(stepsOf({ begunAt: 2, said: said.slice(2), builtAt: 90, readyAt: 96 })).toEqual({ installMs: 0, buildMs: 30, startMs: 6 })
  expect(stepsOf({ begunAt: 2, said: said.slice(3), builtAt: 1, readyAt: 96 })).toEqual({ installMs: 0, buildMs: 0, startMs: 94 })
})

it('measures the core alone when it is to be quick, and what is named otherwise', () => {
  expect([...readOptions(['--quick', '--data', '.']).only]).toContain('web')
  expect([...readOptions(['--quick', '--data', '.']).only]).not.toContain('newcomer')
  expect([...readOptions(['--quick', '--data', '.', '--only', 'newcomer']).only]).toEqual(['newcomer'])
  expect(() => readOptions(['--data', '.', '--only', 'speed'])).toThrow('--only takes')
})

it('takes the value below which a part of the samples lies', () => {
  expect([percentile([4, 1, 3, 2], 0.5), percentile([4, 1, 3, 2], 0.95), percentile([7], 0.5)]).toEqual([2, 4, 7])
})

it('makes numbers whose check digits hold, in SQL as here: they are imported', async () => {
  const client = new pg.Client({ connectionString: await testDatabaseUrl('empty') })
  await client.connect()
  try {
    for (const n of [0, 7, 10, 123_456, 9_999_999]) {
      const digits = `102${String(n).padStart(9, '0')}`
      expect([ruProblem('inn', taxNumber(n)), ruProblem('ogrn', registrationNumber(digits))]).toEqual([null, null])
      const { rows: [made] } = await client.query<{ tax: string, registration: string }>(`select ${taxNumberSql(String(n))} as tax, ${registrationNumberSql(`${digits}::bigint`)} as registration`)
      expect(made).toEqual({ tax: taxNumber(n), registration: registrationNumber(digits) })
    }
  } finally {
    await client.end()
  }
})
