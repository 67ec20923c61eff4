import { sql } from 'kysely'
import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')

it('of numbers are numbers, given as text', async () => {
  const field = (name: string, rules: string) => crm.query(admin, `mutation { createField(object: "client", input: { name: "${name}", ${rules}, labels: { en: "x" } }) { min max } }`)
  expect((await field('few', 'type: integer, min: "1", max: "9"')).data.createField).toEqual({ min: '1', max: '9' })
  const create = (few: number) => crm.query(admin, `mutation { createClient(input: { name: "x", custom: { few: ${few} } }) { custom { few } } }`)
  expect((await create(9)).data.createClient.custom.few).toBe(9)
  expect((await create(10)).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ field: 'custom.few', rule: 'max', params: { max: 9 } }] } }])
  expect((await field('odd', 'type: decimal, min: "many"')).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ field: 'min', rule: 'type' }] } }])
})

it('that no field could keep are refused, before they stand in the way of all records', async () => {
  const refused = async (rules: string): Promise<unknown> => (await crm.query(admin, `mutation { createField(object: "client", input: { name: "refused", ${rules}, labels: { en: "x" } }) { key } }`)).errors?.map(({ extensions }) => [extensions.code, (extensions.fields as { field: string }[])[0]?.field])
  for (const [rules, field] of [
    ['type: text, to: ""', 'to'], ['type: text, to: "order"', 'to'], ['type: text, reverse: "texts"', 'reverse'], ['type: user, reverse: "name"', 'reverse'], ['type: user, reverse: "x y"', 'reverse'],
    ['type: text, options: [{ key: "a", labels: { en: [[]] } }]', 'options'], ['type: text, minLength: -1', 'minLength'],
    ['type: date, min: "2027-01-02", max: "2027-01-01"', 'max'], ['type: date, min: "zzz"', 'min'], ['type: date, max: "2027-02-30"', 'max'],
    ['type: dateTime, min: "2027-01-01T12:00:00+03:00", max: "2027-01-01T08:59:59Z"', 'max'], ['type: dateTime, min: "2027-01-01"', 'min'],
    ['type: integer, min: "1.5"', 'min'], ['type: integer, min: "3000000000"', 'min'], ['type: decimal, min: "0.2", max: "0.1"', 'max'], ['type: money, max: "dear"', 'max'], ['type: text, min: "zzz"', 'min'], ['type: boolean, max: "1"', 'max'], ['type: integer, min: "10", max: "9"', 'max'], ['type: money, min: "10", max: "9"', 'max'],
    ['type: email, minLength: 5', 'minLength'], ['type: phone, maxLength: 5', 'maxLength'], ['type: url, maxLength: 9', 'maxLength'], ['type: text, minLength: 5, maxLength: 4', 'maxLength'],
  ] as const) expect([rules, await refused(rules)]).toEqual([rules, [['INVALID_INPUT', field]]])
})

it('of dates and moments are honoured, and planned before they are changed', async () => {
  const field = (name: string, rules: string) => crm.ask(admin, `mutation { createField(object: "client", input: { name: "${name}", ${rules}, labels: { en: "x" } }) { key } }`)
  await field('day', 'type: date, min: "2027-01-01", max: "2027-12-31"')
  await field('moment', 'type: dateTime, min: "2027-01-01T12:00:00+03:00", max: "2027-01-01T09:30:00Z"')
  const create = async (custom: string) => (await crm.query(admin, `mutation { createClient(input: { name: "x", custom: { ${custom} } }) { id } }`)).errors?.map(({ extensions }) => (extensions.fields as { field: string, rule: string }[]).map((f) => [f.field, f.rule])[0])
  expect(await create('day: "2026-12-31", moment: "2027-01-01T09:00:00Z"')).toEqual([['custom.day', 'min']])
  expect(await create('day: "2028-01-01"')).toEqual([['custom.day', 'max']])
  expect(await create('moment: "2027-01-01T08:59:59Z"')).toEqual([['custom.moment', 'min']])
  expect(await create('moment: "2027-01-01T12:30:01+03:00"')).toEqual([['custom.moment', 'max']])
  expect(await create('day: "2027-12-31", moment: "2027-01-01T12:30:00+03:00"')).toBeUndefined()
  const plan = await crm.ask(admin, 'mutation { planFieldChange(object: "client", field: "custom.day", input: { max: "2027-06-01" }) { failing rows { rule } } }')
  expect(plan.planFieldChange).toEqual({ failing: 1, rows: [{ rule: 'max' }] })
})

it('of the past: a field keeps earlier values from when that was switched on until it is switched off', async () => {
  await crm.ask(admin, 'mutation { createField(object: "client", input: { name: "zone", type: text, labels: { en: "Zone" } }) { key } }')
  const { createClient: { id } } = await crm.ask(admin, 'mutation { createClient(input: { name: "x", custom: { zone: "A" } }) { id } }')
  const keep = (history: boolean) => crm.ask(admin, `mutation { updateField(object: "client", field: "custom.zone", input: { history: ${history} }) { history } }`)
  const set = (zone: string) => crm.ask(admin, `mutation { updateClient(id: "${id}", input: { custom: { zone: "${zone}" } }) { id } }`)
  const periods = async () => (await crm.ask(admin, `{ fieldHistory(object: "client", id: "${id}", field: "custom.zone") { value to } }`)).fieldHistory.map((p: { value: string, to: string | null }) => [p.value, p.to === null])
  expect((await keep(true)).updateField).toEqual({ history: true })
  await set('B')
  await set('C')
  expect(await periods()).toEqual([['B', false], ['C', true]])
  await keep(false)
  expect(await periods()).toEqual([['B', false], ['C', false]])
  await set('D')
  expect(await periods()).toHaveLength(2)
  expect((await crm.query(admin, 'mutation { updateField(object: "client", field: "territory", input: { history: false }) { history } }')).errors).toMatchObject([{ extensions: { fields: [{ field: 'history', rule: 'readOnly' }] } }])
})

it('that repeated values break are counted all, however many they are', async () => {
  const { createClient: { id } } = await crm.ask(admin, 'mutation { createClient(input: { name: "twin" }) { id } }')
  await sql`insert into core.client select (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid()))).* from core.client c, generate_series(1, 10050) where c.id = ${id}`.execute(crm.kartotek.engine.db)
  const { planFieldChange: plan } = await crm.ask(admin, 'mutation { planFieldChange(object: "client", field: "name", input: { unique: true }) { ready failing rows { rule } } }')
  expect(plan.failing).toBeGreaterThanOrEqual(10_051)
  expect(plan.rows).toHaveLength(50)
})
