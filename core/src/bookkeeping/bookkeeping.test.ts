import { definePlugin, InputError, type PluginContext } from '@kartotek/sdk'
import { accountingExchange, type AccountingExchange, type ExchangeLine } from '@kartotek/sdk/contracts'
import { afterAll, beforeEach, expect, it, vi } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import { bookkeepingOf } from './exchanges.ts'

let kept: Partial<AccountingExchange> = {}
const asked: { by: string, ids: readonly string[] }[] = []
const ledger = (ctx: PluginContext): AccountingExchange => ({
  key: 'main', label: { en: 'Ledger', ru: 'Учёт' }, ready: true, objects: ['client', 'order'],
  async states(_, ids) {
    asked.push({ by: ctx.actor.id, ids })
    return []
  },
  send: async () => undefined,
  runs: async () => ({ items: [], next: null }),
  lines: async () => ({ items: [], next: null }),
  ...kept,
})
const plugin = definePlugin({ id: 'ledger', version: '1.0.0', label: { en: 'Ledger plugin' }, provides: [accountingExchange.by(ledger)] })
const broken = definePlugin({ id: 'broken', version: '1.0.0', provides: [accountingExchange.by(() => { throw new Error('secret words') })] })
const crm = await testCrm({ plugins: [plugin, broken], work: false })
afterAll(() => crm.close())
beforeEach(() => { kept = {} })

const admin = await crm.as('administrator')
const accountant = await crm.as('accountant')
const made = async (name: string): Promise<string> => (await crm.ask(admin, 'mutation ($name: String!) { createClient(input: { name: $name }) { id } }', { name })).createClient.id
const client = await made('Aino Oy')
const at = '2026-11-02T10:00:00.000Z'
const STATES = 'query ($id: ID!, $object: String = "client") { bookkeepingStates(object: $object, id: $id) { states { plugin exchange label known externalId number sentAt waitsFor maySend problems { kind field fieldLabel text ours theirs } } problems { plugin message } } }'
const SEND = 'mutation ($id: ID!, $object: String = "client", $exchange: ID = "main") { sendToBookkeeping(object: $object, id: $id, plugin: "ledger", exchange: $exchange) }'
const RUNS = '{ bookkeepingRuns(plugin: "ledger", exchange: "main") { runs { id startedAt finishedAt failure counts { outcome count } } next } }'
const LINES = 'query ($outcomes: [BookkeepingOutcome!]) { bookkeepingLines(plugin: "ledger", exchange: "main", run: "1", outcomes: $outcomes, first: 10) { lines { outcome record { object id title } name fields text } next } }'
const states = async (who = admin, id = client) => (await crm.ask(who, STATES, { id })).bookkeepingStates
const code = async (source: string, variables: Record<string, unknown> = {}, who = admin) => (await crm.query(who, source, variables)).errors?.[0]?.extensions.code as string | undefined
const notOurs = { plugin: 'broken', message: 'The plugin broken failed; the administrator finds the cause in the log.' }

it('tells how a record stands, in the words of the reader, with who cannot be asked', async () => {
  kept = {
    states: async () => [{
      record: client, externalId: 'c-17', number: '0017', sentAt: at, waitsFor: { en: 'Goes with the next exchange.', ru: 'Уйдёт со следующим обменом.' },
      problems: [{ kind: 'conflict', field: 'name', text: 'Both sides changed the name.', ours: 'Aino Oy', theirs: 'Aino Ab' }, { kind: 'refused', text: { en: 'No tax number.' } }],
    }],
  }
  expect(await states(await crm.as('administrator', { locale: 'ru' }))).toEqual({
    states: [{
      plugin: 'ledger', exchange: 'main', label: 'Учёт', known: true, externalId: 'c-17', number: '0017', sentAt: at, waitsFor: 'Уйдёт со следующим обменом.', maySend: true,
      problems: [
        { kind: 'CONFLICT', field: 'name', fieldLabel: 'Название', text: 'Both sides changed the name.', ours: 'Aino Oy', theirs: 'Aino Ab' },
        { kind: 'REFUSED', field: null, fieldLabel: null, text: 'No tax number.', ours: null, theirs: null },
      ],
    }],
    problems: [{ plugin: 'broken', message: 'В плагине «broken» произошла ошибка; причину администратор найдёт в журнале.' }],
  })
  kept = {}
  expect(await states()).toEqual({ states: [{ plugin: 'ledger', exchange: 'main', label: 'Ledger', known: false, externalId: null, number: null, sentAt: null, waitsFor: null, maySend: true, problems: [] }], problems: [notOurs] })
  kept = { objects: ['order'] }
  expect((await states()).states).toEqual([])
  kept = { ready: false }
  expect((await states()).states).toEqual([])
})

it('asks only about records that the reader sees, and only as him', async () => {
  const stranger = await crm.as('manager')
  asked.length = 0
  expect(await code(STATES, { id: client }, stranger)).toBe('NOT_FOUND')
  expect(asked).toEqual([])
  await states(accountant)
  expect(asked).toEqual([{ by: accountant.actor.id, ids: [client] }])
})

it('tells nothing of problems on fields that the reader may not read, wherever they lie', async () => {
  const on = (field: string) => ({ kind: 'conflict' as const, field, text: `about ${field}` })
  kept = { states: async () => [{ record: client, externalId: null, sentAt: null, problems: [on('industry'), on('contactPoints.0.value'), on('orders.0.total'), on('owner.name'), on('name'), on('counterparty group')] }] }
  const clerk = await crm.withRules({ objects: { client: { read: 'all' }, user: { read: 'all' } }, fields: { 'client.industry': { read: false }, 'contactPoint.value': { read: false }, 'user.name': { read: false } } })
  expect((await states(clerk)).states[0].problems.map((one: { field: string }) => one.field)).toEqual(['name', 'counterparty group'])
  expect((await states()).states[0].problems).toHaveLength(6)
})

it('sends a record for who may, as him, where the exchange sends it', async () => {
  const send = vi.fn(async () => undefined)
  kept = { send }
  expect(await code(SEND, { id: client }, accountant)).toBeUndefined()
  expect(send).toHaveBeenCalledExactlyOnceWith({ object: 'client', id: client })
  const clerk = await crm.withRules({ objects: { client: { read: 'all' } } })
  expect((await states(clerk)).states[0].maySend).toBe(false)
  expect(await code(SEND, { id: client }, clerk)).toBe('FORBIDDEN')
  const blind = await crm.withRules({ objects: { client: { read: 'own' } }, capabilities: ['bookkeeping.exchange'] })
  expect(await code(SEND, { id: client }, blind)).toBe('NOT_FOUND')
  expect(await code(SEND, { id: client, exchange: 'other' })).toBe('NOT_FOUND')
  expect(send).toHaveBeenCalledTimes(1)
  kept = { send: undefined }
  expect((await states()).states[0].maySend).toBe(false)
  expect(await code(SEND, { id: client })).toBe('INVALID_INPUT')
  kept = { objects: ['order'], send }
  expect(await code(SEND, { id: client })).toBe('INVALID_INPUT')
  kept = { send: async () => { throw new InputError('No tax number.') } }
  expect((await crm.query(admin, SEND, { id: client })).errors![0]).toMatchObject({ message: 'Ledger plugin: No tax number.', extensions: { code: 'INVALID_INPUT', plugin: 'ledger' } })
})

it('shows the exchanges and their runs to who has the right', async () => {
  kept = { runs: async () => ({ items: [{ id: '2', startedAt: at, finishedAt: null, counts: {} }, { id: '1', startedAt: at, finishedAt: at, failure: { en: 'The line was cut.' }, counts: { created: 3, refused: 1, sent: 0 } }], next: '1' }) }
  const EXCHANGES = '{ bookkeepingExchanges { exchanges { plugin key label ready sends objects { name label } } problems { plugin message } } }'
  const blind = await crm.withRules({ objects: { client: { read: 'own' } }, capabilities: ['bookkeeping.exchange'] })
  expect((await crm.ask(blind, EXCHANGES)).bookkeepingExchanges).toEqual({
    exchanges: [{ plugin: 'ledger', key: 'main', label: 'Ledger', ready: true, sends: true, objects: [{ name: 'client', label: 'Clients' }] }], problems: [notOurs],
  })
  expect((await crm.ask(accountant, RUNS)).bookkeepingRuns).toEqual({
    runs: [{ id: '2', startedAt: at, finishedAt: null, failure: null, counts: [] }, { id: '1', startedAt: at, finishedAt: at, failure: 'The line was cut.', counts: [{ outcome: 'CREATED', count: 3 }, { outcome: 'REFUSED', count: 1 }] }],
    next: '1',
  })
  const manager = await crm.as('manager')
  for (const source of [EXCHANGES, RUNS, LINES]) expect(await code(source, {}, manager)).toBe('FORBIDDEN')
  expect(await code('{ bookkeepingRuns(plugin: "ledger", exchange: "main", first: 101) { next } }')).toBe('INVALID_INPUT')
})

it('shows lines about records that the reader sees, and reasons about fields that he may read', async () => {
  const line = (more: Partial<ExchangeLine>): ExchangeLine => ({ outcome: 'refused', record: { object: 'client', id: client }, name: 'Aino', ...more })
  const lines = vi.fn<AccountingExchange['lines']>(async () => ({ items: [line({ fields: ['industry'], text: 'No such industry.' }), line({ text: 'No tax number.' }), line({ record: null, name: 'Invoice 5', text: 'Whose is it?' }), line({ record: { object: 'nothing', id: client } })], next: null }))
  kept = { lines }
  const all = (await crm.ask(admin, LINES, { outcomes: ['REFUSED'] })).bookkeepingLines.lines
  expect(lines).toHaveBeenLastCalledWith('1', { first: 10, after: null, outcomes: ['refused'] })
  expect(all).toEqual([
    { outcome: 'REFUSED', record: { object: 'client', id: client, title: 'Aino Oy' }, name: 'Aino', fields: ['Industry'], text: 'No such industry.' },
    { outcome: 'REFUSED', record: { object: 'client', id: client, title: 'Aino Oy' }, name: 'Aino', fields: [], text: 'No tax number.' },
    { outcome: 'REFUSED', record: null, name: 'Invoice 5', fields: [], text: 'Whose is it?' },
  ])
  const closed = await crm.withRules({ objects: { client: { read: 'all' } }, fields: { 'client.industry': { read: false } }, capabilities: ['bookkeeping.exchange'] })
  expect((await crm.ask(closed, LINES)).bookkeepingLines.lines[0]).toMatchObject({ fields: [], text: null })
  const blind = await crm.withRules({ objects: { client: { read: 'own' } }, capabilities: ['bookkeeping.exchange'] })
  expect((await crm.ask(blind, LINES)).bookkeepingLines.lines.map((one: { name: string }) => one.name)).toEqual(['Invoice 5'])
})

it.each<[string, Partial<AccountingExchange>]>([
  ['throws', { states: () => { throw new Error('hunter2') } }], ['answers nonsense', { states: async () => [{ record: client, problems: 'many' }] as never }],
  ['has a strange key', { key: '../x' }], ['has no label', { label: {} }], ['tells moments without a zone', { states: async () => [{ record: client, externalId: null, sentAt: '2.11.2026', problems: [] }] }],
])('names an exchange that %s, and goes on', async (_, wrong) => {
  kept = wrong
  expect(await states()).toEqual({ states: [], problems: [{ plugin: 'ledger', message: 'The plugin Ledger plugin failed; the administrator finds the cause in the log.' }, notOurs] })
})

it('waits for no exchange beyond its time', async () => {
  const never = () => new Promise<never>(() => undefined)
  kept = { states: never, send: never, runs: never, lines: never }
  const of = bookkeepingOf({ keepers: () => crm.kartotek.host.keepers(accountingExchange).filter(({ plugin: id }) => id === 'ledger'), askMs: 100, sendMs: 100 }, crm.kartotek.api.contextOf(admin).reading)
  const which = { plugin: 'ledger', exchange: 'main' }, late = { code: 'UNAVAILABLE', message: 'The plugin Ledger plugin did not answer within 0.1 s.' }
  expect(await of.states('client', client)).toEqual({ states: [], problems: [{ plugin: 'ledger', message: late.message }] })
  await expect(of.send('client', client, which)).rejects.toMatchObject(late)
  await expect(of.runs(which, 10, null)).rejects.toMatchObject(late)
  await expect(of.lines(which, '1', null, 10, null)).rejects.toMatchObject(late)
})
