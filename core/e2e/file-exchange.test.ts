import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../src/testing/crm.ts'
import plugin from './fixtures/file-exchange.ts'

const folder = mkdtempSync(join(tmpdir(), 'kartotek-books-'))
const crm = await testCrm({ plugins: [plugin], settings: { 'file-exchange': { folder } }, work: false })
afterAll(async () => {
  await crm.close()
  rmSync(folder, { recursive: true })
})
const accountant = await crm.as('accountant'), admin = await crm.as('administrator')
const { createClient: { id: client } } = await crm.ask(admin, 'mutation { createClient(input: { name: "Aino Oy" }) { id } }')
const { createOrder: { id } } = await crm.ask(admin, 'mutation ($input: OrderCreateInput!) { createOrder(input: $input) { id } }', { input: { client, lines: [{ text: 'Boat', price: { amount: '900', currency: 'EUR' } }] } })
const SEND = 'mutation ($id: ID!) { sendToBookkeeping(object: "order", id: $id, plugin: "file-exchange", exchange: "files") }'
const state = async () => (await crm.ask(accountant, 'query ($id: ID!) { bookkeepingStates(object: "order", id: $id) { states { known number sentAt waitsFor maySend problems { kind field fieldLabel ours theirs } } problems { message } } }', { id })).bookkeepingStates
const log = async () => (await crm.ask(accountant, '{ bookkeepingRuns(plugin: "file-exchange", exchange: "files") { runs { id finishedAt counts { outcome count } } next } }')).bookkeepingRuns
const drain = async () => expect((await crm.drain()).failed).toEqual([])

it('an order is sent into a file, its answer is a number and a conflict on the card, and the log has both', async () => {
  expect(await state()).toEqual({ states: [{ known: false, number: null, sentAt: null, waitsFor: null, maySend: true, problems: [] }], problems: [] })
  await crm.ask(accountant, SEND, { id })
  expect((await state()).states[0]).toMatchObject({ known: true, sentAt: null, waitsFor: 'Goes with the next file.' })
  await drain()
  expect(JSON.parse(readFileSync(join(folder, 'orders-1.json'), 'utf8'))).toMatchObject([{ id, total: { amount: expect.stringMatching(/^9/) } }])
  expect((await state()).states[0]).toMatchObject({ sentAt: expect.any(String), waitsFor: null, problems: [] })

  writeFileSync(join(folder, 'answers.json'), JSON.stringify([{ order: id, number: '000017', total: '950.00' }, { order: client, number: '000018' }]))
  await crm.ask(accountant, SEND, { id })
  await drain()
  expect((await state()).states[0]).toMatchObject({ number: '000017', problems: [{ kind: 'CONFLICT', field: 'total', fieldLabel: 'Total', theirs: '950.00' }] })
  const { runs } = await log()
  expect(runs.map(({ counts }: { counts: object }) => counts)).toEqual([[{ outcome: 'SENT', count: 1 }, { outcome: 'CONFLICT', count: 1 }, { outcome: 'REFUSED', count: 1 }], [{ outcome: 'SENT', count: 1 }]])
  const { bookkeepingLines: { lines } } = await crm.ask(accountant, 'query ($run: ID!) { bookkeepingLines(plugin: "file-exchange", exchange: "files", run: $run, outcomes: [CONFLICT, REFUSED]) { lines { outcome record { id } name fields text } } }', { run: runs[0].id })
  expect(lines).toEqual([
    { outcome: 'CONFLICT', record: { id }, name: '000017', fields: ['Total'], text: expect.stringContaining('The sums differ') },
    { outcome: 'REFUSED', record: null, name: '000018', fields: [], text: 'There is no such order.' },
  ])
})

it('refuses what cannot be sent, in its own words', async () => {
  const { createOrder } = await crm.ask(admin, 'mutation { createOrder(input: { subject: "Nobody\'s" }) { id } }')
  expect((await crm.query(accountant, SEND, { id: createOrder.id })).errors?.[0]).toMatchObject({ message: 'File exchange: The order has no client.', extensions: { plugin: 'file-exchange' } })
})
