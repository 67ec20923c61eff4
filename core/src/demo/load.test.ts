import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { testEngine } from '../testing/engine.ts'
import { testDatabase } from '../testing/index.ts'
import { loadDemo } from './index.ts'

describe.each([['ru', 'RU', 'RUB'], ['uk', 'UA', 'UAH'], ['fi', 'FI', 'EUR'], ['en', 'GB', 'GBP']] as const)('loading the demo company in %s', async (locale, country, currency) => {
  const db = await testDatabase()
  const company = { country: 'FI', currency: 'EUR', timeZone: 'UTC', locale: 'en' as const }
  const engine = await testEngine(db, [], company as never)
  const passwords = new Map<string, string>()
  const deps = {
    engine,
    updateCompany: async (patch: object) => { Object.assign(company, patch, { currency: (patch as { baseCurrency: string }).baseCurrency }) },
    setPassword: async (id: string, password: string) => { passwords.set(id, password) },
  }

  it('writes everything through the write path, in one change set', async () => {
    const demo = await loadDemo(deps, { locale, clients: 40, today: '2026-11-21' })
    expect(company).toMatchObject({ country, currency })
    expect(demo.clients).toBe(40)
    expect(demo.users).toHaveLength(10)
    expect([...passwords.values()]).toEqual(Array.from({ length: 10 }, () => demo.signIn.password))
    const { rows } = await sql<Record<string, number>>`select (select count(*) from core.client)::int as clients, (select count(*) from core."order")::int as orders,
      (select count(*) from core.change_set)::int as sets, (select count(*) from core.client where owner_id is null)::int as nobodys,
      (select count(*) from core."order" where margin is null)::int as marginless`.execute(db.kysely)
    expect(rows[0]).toEqual({ clients: 40, orders: demo.orders, sets: 1, nobodys: 0, marginless: 0 })
  })

  it('numbers orders in the order of time and keeps their whole way through the stages', async () => {
    const { rows } = await sql<{ ordered: boolean }>`select created_at >= lag(created_at) over (order by length(number), number) as ordered from core."order"`.execute(db.kysely)
    expect(rows.slice(1).every((row) => row.ordered)).toBe(true)
    const visits = await sql<{ broken: number, visits: number }>`select count(*)::int as visits,
      count(*) filter (where next is not null and next <> left_at)::int as broken
      from (select left_at, lead(entered_at) over (partition by record_id order by entered_at) as next from core.stage_visit) v`.execute(db.kysely)
    expect(visits.rows[0]!.broken).toBe(0)
    expect(visits.rows[0]!.visits).toBeGreaterThan(300)
  })

  it('is refused where there are clients', async () => {
    await expect(loadDemo(deps, { locale, clients: 1 })).rejects.toThrow('for an empty database')
  })
}, 60_000)
