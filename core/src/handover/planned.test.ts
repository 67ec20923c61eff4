import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { sendLetters } from './letters.ts'
import { takeUpHandOvers } from './hand-over.ts'

interface Mail { to: string, subject: string, text: string, id?: string, fromName?: string, replyTo?: { name: string, address: string } }
const mails: Mail[] = []
let mailIsAway = false
const sendMail = async (mail: Mail): Promise<void> => {
  if (mailIsAway) throw new Error('mail is away')
  mails.push(mail)
}
const crm = await testCrm({ work: false, sendMail })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const { pool } = crm.kartotek.db
const one = crm.ask
const id = (caller: Caller): string => caller.actor.userId!
let admin: Caller, from: Caller, boris: Caller
beforeAll(async () => { admin = await crm.as('administrator') })
beforeEach(async () => {
  mails.length = 0
  mailIsAway = false
  from = await crm.as('manager')
  boris = await crm.as('manager')
})

const START = 'mutation ($input: HandOverInput!) { startHandOver(input: $input) { id state total startOn } }'
const SHOW = 'query ($id: ID!) { handOver(id: $id) { state total moved startOn undoUntil error letter { subject waiting sent failed noAddress mustNot withdrawn } } }'
const show = async (handOver: string) => (await one(admin, SHOW, { id: handOver })).handOver
const start = async (more: object) => (await one(admin, START, { input: { from: id(from), objects: [{ object: 'client' }], to: [id(boris)], ...more } })).startHandOver
const client = async (name: string, email: string | null, more: object = {}): Promise<string> =>
  (await one(from, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name, ...(email ? { contactPoints: [{ kind: 'email', value: email }] } : {}), ...more } })).createClient.id
const owner = async (record: string): Promise<string> => (await pool.query('select owner_id from core.client where id = $1', [record])).rows[0].owner_id
const enqueue = (db: unknown, input: { id: string }, options: object) => crm.kartotek.jobs.enqueue(db as never, 'handover', 'run', input, options)
const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
const dayComes = async (handOver: string): Promise<void> => {
  await pool.query(`update core.hand_over set start_on = current_date - 1, moved_at = now() - interval '1 hour' where id = $1`, [handOver])
  await takeUpHandOvers(engine, enqueue)
  await takeUpHandOvers(engine, enqueue)
  expect((await crm.drain()).failed).toEqual([])
}

describe('a hand-over for a day', () => {
  it('waits for it, and gives then what the person has then, once', async () => {
    const before = await client('Before', null)
    const planned = await start({ startOn: day(5) })
    expect(planned).toMatchObject({ state: 'PLANNED', total: 0, startOn: day(5) })
    await takeUpHandOvers(engine, enqueue)
    await crm.drain()
    expect([await owner(before), (await show(planned.id)).state]).toEqual([id(from), 'PLANNED'])
    const after = await client('After', null)
    await one(admin, 'mutation ($id: ID!, $owner: ID!) { updateClient(id: $id, input: { owner: $owner }) { id } }', { id: before, owner: id(admin) })
    await dayComes(planned.id)
    expect(await show(planned.id)).toMatchObject({ state: 'DONE', total: 1, moved: 1, undoUntil: expect.any(String) })
    expect([await owner(before), await owner(after)]).toEqual([id(admin), id(boris)])
  })

  it('can be undone for thirty days from that day on', async () => {
    const record = await client('Late', null)
    const planned = await start({ startOn: day(5) })
    await pool.query(`update core.hand_over set created_at = now() - interval '40 days' where id = $1`, [planned.id])
    await dayComes(planned.id)
    await one(admin, 'mutation ($id: ID!) { undoHandOver(id: $id) { id } }', { id: planned.id })
    expect((await crm.drain()).failed).toEqual([])
    expect([await owner(record), (await show(planned.id)).state]).toEqual([id(from), 'UNDONE'])
  })

  it('can be cancelled until then, by who planned it, and not for a day that is over', async () => {
    const record = await client('Stays', null)
    const planned = await start({ startOn: day(5) })
    const CANCEL = 'mutation ($id: ID!) { cancelHandOver(id: $id) { state } }'
    expect((await crm.query(boris, CANCEL, { id: planned.id })).errors![0]!.extensions.code).toBe('FORBIDDEN')
    expect((await one(admin, CANCEL, { id: planned.id })).cancelHandOver.state).toBe('CANCELLED')
    await dayComes(planned.id)
    expect([await owner(record), (await show(planned.id)).state]).toEqual([id(from), 'CANCELLED'])
    expect((await crm.query(admin, CANCEL, { id: planned.id })).errors![0]!.extensions.code).toBe('CONFLICT')
    expect((await crm.query(admin, START, { input: { from: id(from), objects: [{ object: 'client' }], to: [id(boris)], startOn: day(-2) } })).errors![0]!.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'startOn' }] })
  })

  it('says why where who should get something has left meanwhile', async () => {
    await client('x', null)
    const planned = await start({ startOn: day(5) })
    await pool.query('update core."user" set active = false where id = $1', [id(boris)])
    await dayComes(planned.id)
    expect(await show(planned.id)).toMatchObject({ state: 'FAILED', error: 'There is no such user.' })
  })
})

const LETTER = { subject: '{client}: new manager', text: 'Hello! {to} ({email}) takes over from {from}.\n{company}' }

describe('a message to clients', () => {
  it('goes to each client that moved and may be written to, once, and stands on his timeline', async () => {
    const own = await client('Own address', 'own@example.com')
    const none = await client('No address', null)
    const not = await client('Not to be written to', 'not@example.com', { doNotContact: ['email'] })
    const byContact = await client('By its contact', null)
    const contact = (name: string, email: string, more: object = {}) => one(from, 'mutation ($input: ContactCreateInput!) { createContact(input: $input) { id } }', { input: { lastName: name, clients: [{ client: byContact, isPrimary: name === 'First' }], contactPoints: [{ kind: 'email', value: email }], ...more } })
    await contact('First', 'first@example.com', { doNotContact: ['email'] })
    await contact('Second', 'second@example.com')
    const input = { from: id(from), objects: [{ object: 'client' }], to: [id(boris)], letter: LETTER }
    expect((await one(admin, 'query ($input: HandOverInput!) { previewHandOver(input: $input) { startOn counts { count } letter { clients sendable noAddress mustNot subject } } }', { input })).previewHandOver)
      .toEqual({ startOn: null, counts: [{ count: 4 }], letter: { clients: 4, sendable: 2, noAddress: 1, mustNot: 1, subject: 'Own address: new manager' } })
    const started = await start({ letter: LETTER })
    expect((await crm.drain()).failed).toEqual([])
    await crm.drain()
    expect((await show(started.id)).letter).toEqual({ subject: LETTER.subject, waiting: 0, sent: 2, failed: 0, noAddress: 1, mustNot: 1, withdrawn: 0 })
    const { rows: [{ email, name }] } = await pool.query('select email, name from core."user" where id = $1', [id(boris)])
    expect(mails.map(({ to, subject }) => [to, subject]).sort()).toEqual([['own@example.com', 'Own address: new manager'], ['second@example.com', 'By its contact: new manager']])
    expect(mails[0]).toMatchObject({ text: expect.stringContaining(`${name} (${email}) takes over from ${from.actor.name}.`), replyTo: { name, address: email }, id: expect.any(String) })
    const timeline = async (record: string) => (await one(admin, 'query ($id: ID!) { timeline(object: "client", id: $id, kinds: ["letter"]) { nodes { kind heading direction } } }', { id: record })).timeline.nodes
    expect(await timeline(own)).toEqual([{ kind: 'letter', heading: 'Own address: new manager', direction: expect.anything() }])
    expect([await timeline(none), await timeline(not)]).toEqual([[], []])
  })

  it('is tried again, is not sent twice by two nodes, and a line that was lost with its node is written after', async () => {
    const record = await client('Again', 'again@example.com')
    mailIsAway = true
    const started = await start({ letter: LETTER })
    await crm.drain()
    expect((await show(started.id)).letter).toMatchObject({ waiting: 1, sent: 0 })
    mailIsAway = false
    await pool.query('update core.hand_over_letter set due_at = now() where hand_over_id = $1', [started.id])
    const deps = { engine, sendMail: () => sendMail, companyName: () => 'Co' }
    await Promise.all([1, 2, 3].map(() => sendLetters(deps, new AbortController().signal)))
    expect(mails.map(({ to }) => to)).toEqual(['again@example.com'])
    const lines = async () => (await one(admin, 'query ($id: ID!) { timeline(object: "client", id: $id, kinds: ["letter"]) { nodes { id } } }', { id: record })).timeline.nodes.length
    expect(await lines()).toBe(1)
    // Killed after the letter went out and before its line was written.
    await pool.query('update core.hand_over_letter set noted_at = null, due_at = now() where hand_over_id = $1', [started.id])
    await sendLetters(deps, new AbortController().signal)
    expect([await lines(), mails.length]).toEqual([2, 1])
  })

  it('ends as failed after many tries, and is not sent when the hand-over was undone or the client went on', async () => {
    const record = await client('Went on', 'went@example.com')
    mailIsAway = true
    const started = await start({ letter: LETTER })
    await crm.drain()
    await one(admin, 'mutation ($id: ID!, $owner: ID!) { updateClient(id: $id, input: { owner: $owner }) { id } }', { id: record, owner: id(admin) })
    mailIsAway = false
    await pool.query('update core.hand_over_letter set due_at = now() where hand_over_id = $1', [started.id])
    await crm.drain()
    const deps = { engine, sendMail: () => sendMail, companyName: () => 'Co' }
    await sendLetters(deps, new AbortController().signal)
    expect([(await show(started.id)).letter, mails]).toMatchObject([{ withdrawn: 1 }, []])

    await client('Undone', 'undone@example.com')
    mailIsAway = true
    const second = await start({ letter: LETTER })
    await crm.drain()
    await one(admin, 'mutation ($id: ID!) { undoHandOver(id: $id) { id } }', { id: second.id })
    await crm.drain()
    mailIsAway = false
    await pool.query('update core.hand_over_letter set due_at = now() where hand_over_id = $1', [second.id])
    await sendLetters(deps, new AbortController().signal)
    expect([(await show(second.id)).letter, mails]).toMatchObject([{ withdrawn: 1 }, []])

    mailIsAway = true
    const third = await start({ letter: LETTER })
    await crm.drain()
    for (let i = 0; i < 9; i++) {
      await pool.query('update core.hand_over_letter set due_at = now() where hand_over_id = $1', [third.id])
      await sendLetters(deps, new AbortController().signal)
    }
    expect((await show(third.id)).letter).toMatchObject({ failed: 1, waiting: 0 })
  })

  it('is refused with an unknown placeholder', async () => {
    await client('x', null)
    const input = { from: id(from), objects: [{ object: 'client' }], to: [id(boris)], letter: { subject: 'x', text: 'Hello {name}' } }
    expect((await crm.query(admin, START, { input })).errors![0]!.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'letter.text', message: 'There is no placeholder "name".' }] })
    expect((await one(admin, '{ handOverLetters { available placeholders } }')).handOverLetters).toMatchObject({ available: true, placeholders: expect.arrayContaining(['client', 'to']) })
  })
})

describe('without a mail server', () => {
  it('says so, and begins nothing', async () => {
    const plain = await testCrm({ work: false })
    try {
      const [boss, who, heir] = [await plain.as('administrator'), await plain.as('manager'), await plain.as('manager')]
      expect((await plain.ask(boss, '{ handOverLetters { available } }')).handOverLetters).toEqual({ available: false })
      await plain.ask(who, 'mutation { createClient(input: { name: "x" }) { id } }')
      const input = { from: id(who), objects: [{ object: 'client' }], to: [id(heir)], letter: LETTER }
      expect((await plain.query(boss, START, { input })).errors![0]!.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'letter', rule: 'unavailable' }] })
      expect((await plain.ask(boss, '{ handOvers { id } }')).handOvers).toEqual([])
    } finally {
      await plain.close()
    }
  })
})
