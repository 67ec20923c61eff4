import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { testEngine } from '../testing/engine.ts'
import { testDatabase } from '../testing/index.ts'
import { bulkLoad } from './bulk.ts'
import { generateCompany, loadDemo } from './index.ts'

const OPTIONS = { locale: 'ru', clients: 30, today: '2026-11-21' } as const
const company = { country: 'RU', currency: 'RUB', timeZone: 'Europe/Moscow', locale: 'ru' as const }

it('writes the same rows as the write path', async () => {
  const [slow, fast] = [await testDatabase(), await testDatabase()]
  const [one, two] = [await testEngine(slow, [], company), await testEngine(fast, [], company)]
  try {
    await loadDemo({ engine: one, updateCompany: async () => undefined, setPassword: async () => undefined }, OPTIONS)
    const list = async (table: string): Promise<string[]> =>
      (await sql<{ id: string }>`select id from core.${sql.id(table)} order by id`.execute(slow.kysely)).rows.map((row) => row.id)
    const written = {
      users: await list('user'), teams: await list('team'), products: await list('product'),
      tags: new Map(one.live.current.model.objects.get('client')!.byKey.get('tags')!.options!.map((option) => [option.label.ru!, option.key])),
      stages: new Map([...two.live.current.stages.values()].map((stage) => [stage.key, stage.id])),
    }
    // References to people and products are real: the other database gets the same ones.
    for (const table of ['team', 'user', 'product']) {
      const { rows } = await sql<{ all: unknown }>`select coalesce(json_agg(t), '[]') as all from core.${sql.id(table)} t`.execute(slow.kysely)
      await sql`insert into core.${sql.id(table)} select * from json_populate_recordset(null::core.${sql.id(table)}, ${JSON.stringify(rows[0]!.all)}::json)`.execute(fast.kysely)
    }
    const client = await fast.pool.connect()
    const done = await bulkLoad(client, { generation: two.live.current, company: generateCompany(OPTIONS), written, lines: true })
    client.release()
    expect(done.clients).toBe(30)
    const compared: [string, string][] = [
      ['client', 'name, kind, lifecycle, industry, source, territory, entered_on, legal_name, tax_id, tax_id__kind, registration_number, branch_code, match_key, owner_id, team_id, created_at, search, tags'],
      ['contact_point where client_id is not null', 'kind, value, key, is_primary, position'],
      ['client_address', 'kind, address, address__postcode, address__city'],
      ['client_bank_account', 'account, bank, bic, currency'],
      ['order', 'subject, owner_id, source, priority, currency, ordered_on, due_on, comment, loss_reason, net, tax, total, cost, margin, net__currency, created_at, stage_entered_at, closed_at'],
      ['order_line', 'product_id, text, quantity, unit, price, discount, tax_rate, cost, net, tax, total, cost_total, margin, position'],
    ]
    for (const [from, columns] of compared) {
      const [table = '', where = ''] = from.split(' where ')
      const text = `select ${columns} from core."${table}" ${where && `where ${where}`} order by ${columns.split(', ').map((_, i) => i + 1).join(', ')}`
      const [a, b] = [await slow.pool.query(text), await fast.pool.query(text)]
      expect([from, b.rows]).toEqual([from, a.rows])
      expect(a.rows.length).toBeGreaterThan(20)
    }
  } finally {
    await Promise.all([slow.close(), fast.close()])
  }
}, 60_000)
