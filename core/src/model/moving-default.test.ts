import { sql } from 'kysely'
import { afterAll, expect, it } from 'vitest'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { writeRecords } from '../records/write/batch.ts'
import { write } from '../records/write/writing.ts'
import { testCrm } from '../testing/crm.ts'
import { objectOf } from './model.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const field = (input: string) => crm.query(admin, `mutation { createField(object: "client", input: { labels: { en: "x" }, ${input} }) { key default } }`)

it('of a date is the day at the company, wherever that is, of a moment the moment', async () => {
  expect((await field('name: "day", type: date, default: "today"')).data.createField).toEqual({ key: 'custom.day', default: 'today' })
  expect((await field('name: "moment", type: dateTime, default: "now"')).data.createField).toEqual({ key: 'custom.moment', default: 'now' })
  const days = []
  // A day and an hour apart: never the same day.
  for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
    await crm.ask(admin, `mutation { updateCompany(input: { timeZone: "${zone}" }) { timeZone } }`)
    const begun = Date.now()
    const { createClient: made } = await crm.ask(admin, 'mutation { createClient(input: { name: "x" }) { id enteredOn custom { day moment } } }')
    const { rows: [now] } = await sql<{ day: string }>`select to_char(created_at at time zone ${zone}, 'YYYY-MM-DD') as day from core.client where id = ${made.id}`.execute(crm.kartotek.engine.db)
    expect(made).toMatchObject({ enteredOn: now!.day, custom: { day: now!.day } })
    expect(Date.parse(made.custom.moment)).toBeGreaterThanOrEqual(begun)
    days.push(now!.day)
  }
  expect(days[0]).not.toBe(days[1])
})

it('gives way to what is given, nothing included, and fills no record that is there', async () => {
  const make = async (input: string) => (await crm.ask(admin, `mutation { createClient(input: { name: "x", ${input} }) { id enteredOn } }`)).createClient
  expect((await make('enteredOn: "2020-02-29"')).enteredOn).toBe('2020-02-29')
  const { id, enteredOn } = await make('enteredOn: null')
  expect(enteredOn).toBeNull()
  expect((await crm.ask(admin, `mutation { updateClient(id: "${id}", input: { name: "y" }) { enteredOn } }`)).updateClient.enteredOn).toBeNull()
})

it('is the day on which a record of the past was made, where an import says it', async () => {
  const { engine } = crm.kartotek
  const { result: [made] } = await write(engine, SYSTEM_CALLER, {}, (w) => writeRecords(w, objectOf(w.generation.model, 'client'), [{ op: 'create', input: { name: 'Old' }, history: { createdAt: new Date('2019-05-06T12:00:00Z') } }]))
  if (!made!.ok) throw made!.error
  expect((await crm.ask(admin, 'query ($id: ID!) { client(id: $id) { enteredOn } }', { id: made!.id })).client.enteredOn).toBe('2019-05-06')
})

it('is nothing special for a text, and refused where it is no date', async () => {
  expect((await field('name: "words", type: text, default: "today"')).data.createField).toEqual({ key: 'custom.words', default: 'today' })
  expect((await crm.ask(admin, 'mutation { createClient(input: { name: "x" }) { custom { words } } }')).createClient.custom.words).toBe('today')
  for (const input of ['type: date, default: "now"', 'type: dateTime, default: "today"', 'type: date, default: "tomorrow"']) {
    expect([input, (await field(`name: "refused", ${input}`)).errors?.map(({ extensions }) => [extensions.code, (extensions.fields as { field: string }[])[0]?.field])]).toEqual([input, [['INVALID_INPUT', 'default']]])
  }
})
