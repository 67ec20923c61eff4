import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { definePlugin, type RecordEvent } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { openKartotek } from '../kartotek.ts'
import { testCrm } from '../testing/crm.ts'
import { testLog } from '../testing/index.ts'
import { distribute, escalate } from './distribute.ts'

const heard: RecordEvent[] = []
const crm = await testCrm({ work: false, plugins: [definePlugin({
  id: 'listener', version: '1.0.0', on: { 'intakeItem.*': { id: 'hear', run(events) { heard.push(...events) } } },
  intakeChannels: [{ key: 'listener-fax', icon: 'printer', color: 'slate', label: { en: 'Fax' } }],
})] })
afterAll(() => crm.close())
const { engine } = crm.kartotek
const deps = { engine, country: () => 'FI' }
/** A Tuesday, in and outside of working hours in Helsinki. */
const NOON = new Date('2026-03-03T10:00:00Z'), NIGHT = new Date('2026-03-03T20:00:00Z')

let admin: Caller, anna: Caller, boris: Caller, carla: Caller
const one = crm.ask
const code = async (caller: Caller, source: string, variables: Record<string, unknown> = {}): Promise<string | undefined> => (await crm.query(caller, source, variables)).errors?.[0]!.extensions.code
const RECEIVE = 'mutation ($input: IncomingInput!) { receiveIntake(input: $input) { id repeated } }'
const receive = async (input: Record<string, unknown>) => (await one(admin, RECEIVE, { input: { channel: 'api', ...input } })).receiveIntake as { id: string, repeated: boolean }
const arrived = async (input: Record<string, unknown>, at = NOON): Promise<string> => {
  const { id } = await receive(input)
  await distribute(deps, id, at)
  return id
}
const FIELDS = 'id version heading state { key } owner { id } client { id name } contact { id } order { id } answerDue answeredAt handledBy { id } offers { user { id } } points { kind value key }'
const read = async (id: string, caller = admin) => (await one(caller, `query ($id: ID!) { intakeItem(id: $id) { ${FIELDS} } }`, { id })).intakeItem
const decisions = async (id: string, caller = admin) => (await one(caller, 'query ($id: ID!) { intakeDecisions(id: $id) { code text } }', { id })).intakeDecisions as { code: string, text: string }[]
const codes = async (id: string): Promise<string[]> => (await decisions(id)).map((decision) => decision.code)
const settings = async (input: Record<string, unknown>) => {
  const { intakeSettings } = await one(admin, '{ intakeSettings { version } }')
  return (await one(admin, 'mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { version rules { id name condition pool { user } } forms { key } known { answerMinutes } } }', { version: intakeSettings.version, input })).updateIntakeSettings
}
const rule = (name: string, pool: Caller[], more: Record<string, unknown> = {}) => ({ name, strategy: 'turns', pool: pool.map((caller) => ({ user: caller.actor.userId })), ...more })
const ACCEPT = 'mutation ($id: ID!, $input: IntakeAcceptance!) { acceptIntake(id: $id, input: $input) { id changeSet client contact order } }'
const accept = async (caller: Caller, id: string, input: Record<string, unknown>) => (await one(caller, ACCEPT, { id, input })).acceptIntake
const proposal = async (caller: Caller, id: string) => (await one(caller, 'query ($id: ID!) { intakeProposal(id: $id) { candidates { client { id title } contact { id } order { id } strong reasons { code text } } elsewhere client clientValues contact contactValues order orderValues } }', { id })).intakeProposal
const drained = async () => { expect((await crm.drain()).failed).toEqual([]) }
const names = (events: RecordEvent[], id: string): string[] => [...new Map(events.filter((e) => e.recordId === id).map((e) => [e.id, e.name])).values()]

beforeAll(async () => {
  admin = await crm.as('administrator')
  anna = await crm.as('manager')
  boris = await crm.as('manager')
  carla = await crm.as('manager')
})

describe('what comes in', () => {
  it('is kept as it came, once for each delivery, also when it comes twice at the same moment', async () => {
    const input = { channel: 'form', source: 'site', externalId: '17', person: 'Иван Петров', phones: ['8 916 123 45 67'], emails: ['not an address'], text: 'Нужны окна', utmSource: 'ads', values: [{ name: 'Этаж', value: '5' }], raw: { a: 1 } }
    const all = await Promise.all(Array.from({ length: 5 }, () => receive(input)))
    expect(new Set(all.map((r) => r.id)).size).toBe(1)
    expect(all.filter((r) => !r.repeated)).toHaveLength(1)
    const item = (await one(admin, 'query ($id: ID!) { intakeItem(id: $id) { heading state { key } owner { id } raw utmSource values { name value } points { kind value key } } }', { id: all[0]!.id })).intakeItem
    expect(item).toMatchObject({ heading: 'Иван Петров', state: { key: 'new' }, owner: null, utmSource: 'ads', values: [{ name: 'Этаж', value: '5' }] })
    expect(JSON.parse(item.raw)).toEqual({ a: 1 })
    expect(item.points[1]).toEqual({ kind: 'email', value: 'not an address', key: null })
    // another source may give the same number
    expect((await receive({ ...input, source: 'other' })).repeated).toBe(false)
    expect((await receive({ channel: 'listener-fax', text: 'x' })).repeated).toBe(false)
    expect(await code(admin, RECEIVE, { input: { channel: 'pigeon' } })).toBe('INVALID_INPUT')
    expect(await code(anna, RECEIVE, { input: { channel: 'api' } })).toBe('FORBIDDEN')
    // however often it is repeated, that is one line of the log
    const repeated = (await decisions(all[0]!.id)).filter((d) => d.code === 'repeated')
    expect(repeated.map((d) => d.text)).toEqual(['The source sent it once more (4×); no other was made.'])
  })

  it('stays as it came, and cannot be deleted', async () => {
    const { id } = await receive({ person: 'Вечная', text: 'x' })
    expect(await code(admin, 'mutation ($id: ID!) { updateIntakeItem(id: $id, input: { source: "other" }) { id } }', { id })).toBe('FORBIDDEN')
    expect(await code(admin, 'mutation ($id: ID!) { deleteIntakeItem(id: $id) { id } }', { id })).toBe('FORBIDDEN')
    expect((await one(admin, 'mutation ($id: ID!) { updateIntakeItem(id: $id, input: { person: "Исправленная" }) { heading } }', { id })).updateIntakeItem.heading).toBe('Исправленная')
    expect(await code(admin, 'mutation ($id: ID!) { updateIntakeItem(id: $id, input: { state: "accepted" }) { id } }', { id })).toBe('INVALID_INPUT')
  })
})

describe('recognition', () => {
  it('finds by phone, tax id and name with the reason of each, puts a sure match on the newest open order, and never sees what the reader does not', async () => {
    const client = (await one(anna, 'mutation { createClient(input: { name: "Oy Kukka Ab", taxId: { value: "0112038-9", country: "FI" }, contactPoints: [{ kind: "phone", value: "+358 40 123 4567" }, { kind: "email", value: "info@kukka.example" }] }) { id } }')).createClient.id
    const order = (await one(anna, 'mutation ($client: ID!) { createOrder(input: { subject: "Old", client: $client }) { id } }', { client })).createOrder.id
    const byPhone = await arrived({ phones: ['040 1234567'], text: 'call me' })
    expect(await read(byPhone)).toMatchObject({ client: { id: client }, order: { id: order }, state: { key: 'new' }, owner: { id: anna.actor.userId } })
    expect(await codes(byPhone)).toEqual(['received', 'recognised', 'responsible', 'assigned', 'timer'])
    // what was written stands on the client's card at once
    await drained()
    const { timeline } = await one(anna, 'query ($id: ID!) { timeline(object: "client", id: $id, kinds: ["request"]) { nodes { text direction record { object } } } }', { id: client })
    expect(timeline.nodes).toMatchObject([{ text: 'call me', direction: 'in', record: { object: 'order' } }])
    const byTax = await proposal(anna, await arrived({ taxId: '01120389' }))
    expect(byTax).toMatchObject({ client, order, clientValues: null, orderValues: null, candidates: [{ strong: true, reasons: [{ code: 'taxId' }] }] })
    // a shared mailbox and a name are hints, no proof
    const weak = await arrived({ company: 'Kukka', emails: ['info@kukka.example'] })
    expect(await read(weak)).toMatchObject({ client: null })
    expect(await proposal(admin, weak)).toMatchObject({ client: null, clientValues: { name: 'Kukka' }, candidates: [{ client: { id: client }, strong: false, reasons: [{ code: 'company' }, { code: 'roleEmail' }] }] })
    // numbers of our own people are nobody's
    await one(admin, 'mutation ($id: ID!) { updateUser(id: $id, input: { phone: "+358401234567" }) { id } }', { id: boris.actor.userId })
    expect(await codes(await arrived({ phones: ['040 1234567'] }))).toContain('unknown')
    await one(admin, 'mutation ($id: ID!) { updateUser(id: $id, input: { phone: null }) { id } }', { id: boris.actor.userId })

    // whose client it is not sees neither client nor names
    await one(admin, 'mutation ($id: ID!, $owner: ID) { updateIntakeItem(id: $id, input: { owner: $owner }) { id } }', { id: byPhone, owner: boris.actor.userId })
    expect(await read(byPhone, boris)).toMatchObject({ client: null, order: null })
    expect((await decisions(byPhone, boris)).find((d) => d.code === 'recognised')!.text).toBe('The client was recognised (phone): ….')
    expect((await decisions(byPhone)).find((d) => d.code === 'recognised')!.text).toBe('The client was recognised (phone): Oy Kukka Ab.')
    expect(await proposal(boris, byPhone)).toMatchObject({ candidates: [], client: null, elsewhere: [anna.actor.name] })
    // … and is warned before he makes a second one
    const refused = await crm.query(boris, ACCEPT, { id: byPhone, input: { clientValues: { name: 'Again' } } })
    expect(refused.errors![0]!.extensions).toMatchObject({ code: 'DUPLICATE', owners: [anna.actor.name] })
    expect((await accept(boris, byPhone, { clientValues: { name: 'Again' }, anyway: true })).client).not.toBe(client)
    expect(await codes(byPhone)).toEqual(expect.arrayContaining(['anyway', 'accepted']))
  })

  it('leaves the choice to people where two fit', async () => {
    for (const name of ['First', 'Second']) await one(anna, 'mutation ($name: String!) { createClient(input: { name: $name, contactPoints: [{ kind: "phone", value: "+358 40 7654321" }] }) { id } }', { name })
    const id = await arrived({ phones: ['+358407654321'] })
    expect(await codes(id)).toEqual(expect.arrayContaining(['ambiguous']))
    expect((await read(id)).client).toBeNull()
    expect((await proposal(anna, id)).candidates).toHaveLength(2)
  })
})

describe('an item', () => {
  it('becomes client, contact and order in one change set, which can be taken back', async () => {
    const id = await arrived({ company: 'ООО Ромашка', person: 'Пётр Иванов', phones: ['+358 40 5550001'], text: 'Двери\nпять штук', amount: { amount: '1500', currency: 'EUR' } })
    await one(anna, 'mutation ($id: ID!) { takeIntake(id: $id) { id } }', { id })
    const plan = await proposal(anna, id)
    expect(plan).toMatchObject({ clientValues: { name: 'ООО Ромашка', kind: 'organisation' }, contactValues: { name: 'Пётр Иванов' }, orderValues: { subject: 'Двери' } })
    const done = await accept(anna, id, { clientValues: plan.clientValues, contactValues: plan.contactValues, orderValues: plan.orderValues })
    expect(await read(id, anna)).toMatchObject({ state: { key: 'accepted' }, client: { id: done.client, name: 'ООО Ромашка' }, contact: { id: done.contact }, order: { id: done.order }, handledBy: { id: anna.actor.userId } })
    expect((await one(anna, 'query ($id: ID!) { order(id: $id) { total { amount currency } lines { text quantity } client { id } contact { id name clients { client { id } } } owner { id } } }', { id: done.order })).order)
      .toMatchObject({ total: { amount: '1500.00', currency: 'EUR' }, lines: [{ text: 'Двери', quantity: '1.000' }], client: { id: done.client }, contact: { id: done.contact, clients: [{ client: { id: done.client } }] }, owner: { id: anna.actor.userId } })
    await drained()
    expect((await one(anna, 'query ($id: ID!) { timeline(object: "client", id: $id, kinds: ["request"]) { nodes { text } } }', { id: done.client })).timeline.nodes).toEqual([{ text: 'Двери\nпять штук' }])
    expect(await code(anna, ACCEPT, { id, input: { clientValues: { name: 'x' } } })).toBe('CONFLICT')
    const { revertChangeSet } = await one(anna, 'mutation ($id: ID!) { revertChangeSet(id: $id) { kept { message } } }', { id: done.changeSet })
    expect(revertChangeSet.kept).toEqual([])
    expect(await read(id, anna)).toMatchObject({ state: { key: 'new' }, client: null, order: null, handledBy: null })
    expect((await one(anna, '{ clients(filter: { name: { eq: "ООО Ромашка" } }) { nodes { id } } }')).clients.nodes).toEqual([])
  })

  it('of one new client that came twice makes one client', async () => {
    const ids = await Promise.all([1, 2].map(() => arrived({ person: 'Двойной', phones: ['+358 40 5550002'] })))
    for (const id of ids) await one(anna, 'mutation ($id: ID!) { takeIntake(id: $id) { id } }', { id })
    const values = { clientValues: { name: 'Двойной', kind: 'person', contactPoints: [{ kind: 'phone', value: '+358 40 5550002' }] } }
    const results = await Promise.all(ids.map((id) => crm.query(anna, ACCEPT, { id, input: values })))
    expect(results.filter((r) => !r.errors)).toHaveLength(1)
    const refused = results.find((r) => r.errors)!.errors![0]!.extensions
    expect(refused).toMatchObject({ code: 'DUPLICATE', clients: [{ title: 'Двойной' }] })
  })

  it('is linked to what is there, declined with a reason of the list, or put away as spam; each can be taken back', async () => {
    const { id: client } = (await one(anna, 'mutation { createClient(input: { name: "Привязка" }) { id } }')).createClient
    const linked = await arrived({ text: 'ещё вопрос', channel: 'letter' })
    const { linkIntake } = await one(anna, 'mutation ($id: ID!, $client: ID!) { linkIntake(id: $id, client: $client) { id changeSet } }', { id: linked, client })
    expect(await read(linked, anna)).toMatchObject({ state: { key: 'linked' }, client: { id: client } })
    const letters = async () => { await drained(); return (await one(anna, 'query ($id: ID!) { timeline(object: "client", id: $id, kinds: ["letter"]) { nodes { text } } }', { id: client })).timeline.nodes as { text: string }[] }
    expect(await letters()).toEqual([{ text: 'ещё вопрос' }])
    // … and leaves the card with the undoing, and comes again
    await one(anna, 'mutation ($id: ID!) { revertChangeSet(id: $id) { changeSet } }', { id: linkIntake.changeSet })
    expect(await letters()).toEqual([])
    await one(anna, 'mutation ($id: ID!, $client: ID!) { linkIntake(id: $id, client: $client) { id } }', { id: linked, client })
    expect(await letters()).toEqual([{ text: 'ещё вопрос' }])
    const { id: foreign } = (await one(boris, 'mutation { createClient(input: { name: "Чужой" }) { id } }')).createClient
    const other = await arrived({ text: 'x' })
    expect(await code(anna, 'mutation ($id: ID!, $client: ID!) { linkIntake(id: $id, client: $client) { id } }', { id: other, client: foreign })).toBe('INVALID_INPUT')
    expect(await code(anna, 'mutation ($id: ID!) { declineIntake(id: $id, reason: "because") { id } }', { id: other })).toBe('INVALID_INPUT')
    const { declineIntake } = await one(anna, 'mutation ($id: ID!) { declineIntake(id: $id, reason: "job", note: "прислал резюме") { id changeSet } }', { id: other })
    expect(await codes(other)).toContain('declined')
    expect((await one(admin, 'query ($id: ID!) { intakeItem(id: $id) { declineReason { key } declineNote } }', { id: other })).intakeItem).toEqual({ declineReason: { key: 'job' }, declineNote: 'прислал резюме' })
    await one(anna, 'mutation ($id: ID!) { revertChangeSet(id: $id) { changeSet } }', { id: declineIntake.changeSet })
    expect((await read(other, admin)).state.key).toBe('new')
    await one(admin, 'mutation ($id: ID!) { markIntakeSpam(id: $id) { id } }', { id: other })
    expect((await read(other, admin)).state.key).toBe('spam')
    await one(admin, 'mutation ($id: ID!) { reopenIntake(id: $id) { id } }', { id: other })
    expect(await read(other, admin)).toMatchObject({ state: { key: 'new' }, handledBy: null })
    expect(await code(admin, 'mutation ($id: ID!) { reopenIntake(id: $id) { id } }', { id: linked })).toBe('CONFLICT')
  })
})

describe('distribution', () => {
  it('goes by the first rule that fits, by turns, and says why', async () => {
    await settings({ rules: [
      rule('Large', [carla], { condition: { formula: 'amount(amount) >= 1000 and isEmpty(client.name)' }, answerMinutes: 30 }),
      rule('Site', [anna, boris], { condition: { channel: { eq: 'form' } }, answerMinutes: 15 }),
    ] })
    const large = await arrived({ text: 'a', amount: { amount: '5000', currency: 'EUR' } })
    expect(await read(large)).toMatchObject({ owner: { id: carla.actor.userId }, answerDue: '2026-03-03T10:30:00.000Z' })
    const owners = []
    for (let i = 0; i < 3; i++) owners.push((await read(await arrived({ channel: 'form', text: `site ${i}` }))).owner.id)
    expect(owners).toEqual([anna, boris, anna].map((c) => c.actor.userId))
    const none = await arrived({ channel: 'letter', text: 'b' })
    expect(await codes(none)).toEqual(['received', 'unknown', 'noRule', 'queued'])
    // the common queue is seen by all who may work on it, and taken once
    const seen = await Promise.all([anna, boris].map((c) => read(none, c)))
    expect(seen.every((item) => item?.id === none)).toBe(true)
    expect((await one(anna, 'query ($id: ID!) { intakeItem(id: $id) { can { update delete } } }', { id: none })).intakeItem.can).toEqual({ update: false, delete: false })
    const took = await Promise.all([anna, boris, carla].map((c) => crm.query(c, 'mutation ($id: ID!) { takeIntake(id: $id) { id } }', { id: none })))
    expect(took.filter((r) => !r.errors)).toHaveLength(1)
    const loser = [anna, boris, carla][took.findIndex((r) => r.errors)]!
    expect(await read(none, loser)).toBeNull()
    expect((await one(anna, '{ intakeCounters { mine queue late } }')).intakeCounters.mine).toBeGreaterThan(1)
  })

  it('leaves out who is off hours, away, full or without rights, and puts into the queue with an alarm what nobody can take', async () => {
    const reader = await crm.as('read_only')
    await one(admin, 'mutation ($owner: ID) { createAbsence(input: { owner: $owner, firstDay: "2026-03-02", lastDay: "2026-03-03", kind: "illness" }) { id } }', { owner: boris.actor.userId })
    await settings({ rules: [{ ...rule('All', []), pool: [{ user: reader.actor.userId }, { user: boris.actor.userId }, { user: carla.actor.userId, cap: 2 }] }] })
    await sql`delete from core.intake_decision where user_id = ${carla.actor.userId}`.execute(engine.db)
    // assigned today counts by the clock of the database, so these are made now
    const day = new Date()
    const items = []
    await settings({ rules: [{ ...rule('All', []), atWork: false, pool: [{ user: reader.actor.userId }, { user: boris.actor.userId }, { user: carla.actor.userId, cap: 2 }] }] })
    await one(admin, 'mutation ($owner: ID) { createAbsence(input: { owner: $owner, firstDay: "2020-01-01", lastDay: "2099-01-01" }) { id } }', { owner: boris.actor.userId })
    for (let i = 0; i < 3; i++) items.push(await arrived({ text: `cap ${i}` }, day))
    expect(await Promise.all(items.map(async (id) => (await read(id)).owner?.id ?? null))).toEqual([carla.actor.userId, carla.actor.userId, null])
    expect(await codes(items[2]!)).toEqual(['received', 'unknown', 'ruleMatched', 'skipped.rights', 'skipped.away', 'skipped.cap', 'nobody', 'queued'])
    await drained()
    expect(names(heard, items[2]!)).toContain('intakeItem.escalated')
    expect(names(heard, items[0]!)).toEqual(expect.arrayContaining(['intakeItem.created', 'intakeItem.assigned']))
    await sql`update core.absence set trashed_at = now()`.execute(engine.db)
    // at night nobody is at work
    await settings({ rules: [rule('Day', [anna])] })
    expect(await codes(await arrived({ text: 'night' }, NIGHT))).toContain('skipped.offHours')
    await settings({ rules: [rule('Night', [anna], { atWork: false, answerMinutes: 30 })] })
    const night = await read(await arrived({ text: 'night' }, NIGHT))
    expect(night).toMatchObject({ owner: { id: anna.actor.userId }, answerDue: '2026-03-04T07:30:00.000Z' })
  })

  it('gives to who has least to do', async () => {
    const [free, busy] = [await crm.as('manager'), await crm.as('manager')]
    for (let i = 0; i < 2; i++) await one(busy, 'mutation { createOrder(input: { subject: "x" }) { id } }')
    await settings({ rules: [rule('Fewest', [busy, free], { strategy: 'fewest', atWork: false })] })
    const owners = []
    for (let i = 0; i < 5; i++) owners.push((await read(await arrived({ text: `few ${i}` }))).owner.id === free.actor.userId ? 'free' : 'busy')
    expect(owners.slice(0, 3)).toEqual(['free', 'free', expect.any(String)])
    expect(owners.filter((name) => name === 'free').length).toBeGreaterThanOrEqual(3)
  })

  it('keeps rules within what their author sees', async () => {
    const half = await crm.withRules({ objects: { '*': { read: 'all', update: 'all' } }, fields: { 'intakeItem.amount': { read: false } }, capabilities: ['intake.manage'] })
    const saved = await settings({ rules: [rule('Hidden', [anna], { condition: { amount: { gte: '1' } } })] })
    const { intakeSettings } = await one(half, '{ intakeSettings { version rules { id name condition strategy pool { user } } } }')
    expect(intakeSettings.rules).toMatchObject([{ name: 'Hidden', condition: null }])
    const UPDATE = 'mutation ($version: String!, $input: IntakeSettingsInput!) { updateIntakeSettings(version: $version, input: $input) { version } }'
    expect(await code(half, UPDATE, { version: saved.version, input: { rules: [rule('Guess', [anna], { condition: { amount: { gte: '5' } } })] } })).toBe('INVALID_INPUT')
    await one(half, UPDATE, { version: saved.version, input: { rules: [{ id: saved.rules[0].id, ...rule('Renamed', [anna]) }] } })
    expect((await one(admin, '{ intakeSettings { rules { name condition } } }')).intakeSettings.rules).toEqual([{ name: 'Renamed', condition: { amount: { gte: '1' } } }])
    expect(await code(half, UPDATE, { version: saved.version, input: { rules: [] } })).toBe('CONFLICT')
    expect(await code(anna, '{ intakeSettings { version } }')).toBe('FORBIDDEN')
  })
})

describe('changes of the settings', () => {
  it('are told in words, without conditions over what the reader does not see', async () => {
    const before = await settings({ rules: [rule('Doors', [anna], { condition: { amount: { gte: '7' } } })] })
    await settings({ rules: [{ id: before.rules[0].id, ...rule('Doors', [anna, boris], { strategy: 'fewest', condition: { amount: { gte: '8' } } }) }] })
    const lines = async (caller: Caller) => (await one(caller, '{ changeSets(configuration: true, first: 1) { nodes { summary configuration { subject fields { label beforeText afterText } } } } }')).changeSets.nodes[0] as { summary: string, configuration: { fields: { label: string, beforeText: string, afterText: string }[] } }
    const set = await lines(admin)
    expect(set.summary).toBe('Intake')
    expect(set.configuration.fields.map((f) => `${f.label}: ${f.beforeText ?? '–'} → ${f.afterText ?? '–'}`)).toEqual([
      'Rule Doors · Strategy: by turns → the least open work', 'Rule Doors · Condition: {"amount":{"gte":"7"}} → {"amount":{"gte":"8"}}', `Rule Doors · Pool · ${boris.actor.name}: – → ×1`,
    ])
    const half = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'intakeItem.amount': { read: false } }, capabilities: ['intake.manage', 'audit.read'] })
    expect(JSON.stringify(await lines(half))).not.toContain('gte')
  })
})

describe('the time to answer', () => {
  it('counts working time; who does not answer loses the item to the next, once, however many look', async () => {
    await settings({ rules: [rule('Timer', [anna, boris], { answerMinutes: 10, late: 'next', atWork: false })] })
    const id = await arrived({ text: 'quick' })
    const first = (await read(id)).owner.id as string
    expect(await escalate(deps, new Date('2026-03-03T10:09:00Z'))).toBe(0)
    const other = await openKartotek({ db: crm.kartotek.db, log: testLog, secret: 'a secret of the tests, thirty-two characters long', filesDir: crm.dataDir, accounts: { publicUrl: 'http://127.0.0.1:3000' }, work: false })
    const late = new Date('2026-03-03T10:11:00Z')
    await sql`update core.intake_item set answer_due = null where id <> ${id}`.execute(engine.db)
    const moved = await Promise.all([escalate(deps, late), escalate({ ...deps, engine: other.engine }, late)])
    expect(moved.reduce((a, b) => a + b)).toBe(1)
    const second = (await read(id)).owner.id as string
    expect(second).not.toBe(first)
    expect((await codes(id)).slice(-5)).toEqual(['late', 'skipped.had', 'chosen.turns', 'assigned', 'timer'])
    // nobody is left: the common queue
    expect(await escalate(deps, new Date('2026-03-03T11:00:00Z'))).toBe(1)
    expect(await read(id)).toMatchObject({ owner: null, answerDue: '2026-03-03T11:10:00.000Z' })
    await drained()
    expect(names(heard, id).filter((name) => name === 'intakeItem.escalated')).toHaveLength(2)
    await other.close()
  })

  it('ends with the first answer, a call written at the item too', async () => {
    await settings({ rules: [rule('Timer', [anna], { answerMinutes: 10, atWork: false })] })
    const id = await arrived({ text: 'call' })
    await one(anna, 'mutation ($id: ID!) { createTimelineEntry(input: { subject: { object: "intakeItem", id: $id }, kind: "note", text: "looks like rubbish" }) { id } }', { id })
    await drained()
    expect((await read(id)).answeredAt).toBeNull()
    await one(anna, 'mutation ($id: ID!) { createTimelineEntry(input: { subject: { object: "intakeItem", id: $id }, kind: "call", direction: "out", text: "spoke" }) { id } }', { id })
    await drained()
    expect((await read(id)).answeredAt).not.toBeNull()
    await sql`update core.intake_item set answer_due = null where id <> ${id}`.execute(engine.db)
    expect(await escalate(deps, new Date('2026-03-04T10:11:00Z'))).toBe(0)
    const byHand = await arrived({ text: 'by hand' })
    await one(anna, 'mutation ($id: ID!) { answerIntake(id: $id) { id } }', { id: byHand })
    expect(await codes(byHand)).toContain('answered')
  })

  it('ends with a call to the client, the person or about the order, by who has the request and since he has it', async () => {
    await settings({ known: { toResponsible: true, answerMinutes: 10, late: 'leader' } })
    const { id: client } = (await one(anna, 'mutation { createClient(input: { name: "Calls back", contactPoints: [{ kind: "phone", value: "+358 40 5550077" }] }) { id } }')).createClient
    const { id: order } = (await one(anna, 'mutation ($client: ID!) { createOrder(input: { subject: "His", client: $client }) { id } }', { client })).createOrder
    const CALL = 'mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }'
    const call = async (caller: Caller, subject: object, more: object = {}) => { await one(caller, CALL, { input: { subject, kind: 'call', direction: 'out', ...more } }); await drained() }
    const answered = async (id: string) => (await read(id)).answeredAt !== null
    const first = await arrived({ phones: ['+358 40 5550077'] })
    expect(await read(first)).toMatchObject({ owner: { id: anna.actor.userId }, client: { id: client }, order: { id: order } })
    await call(anna, { object: 'client', id: client }, { happenedAt: '2026-03-03T09:00:00Z' })
    await call(admin, { object: 'client', id: client })
    await call(anna, { object: 'client', id: client }, { direction: 'in', seconds: 0 })
    expect(await answered(first)).toBe(false)
    await call(anna, { object: 'client', id: client })
    expect(await answered(first)).toBe(true)
    const second = await arrived({ phones: ['+358 40 5550077'] })
    const { id: task } = (await one(anna, 'mutation ($id: ID!) { createTask(input: { title: "Call back", kind: "call", subject: { object: "order", id: $id } }) { id } }', { id: order })).createTask
    await drained()
    expect(await answered(second)).toBe(false)
    await one(anna, 'mutation ($id: ID!) { updateTask(id: $id, input: { state: "done" }) { id } }', { id: task })
    await drained()
    expect(await answered(second)).toBe(true)
  })

  it('goes to the leader of who did not answer, where the rule says so', async () => {
    const leader = await crm.as('manager')
    const team = (await one(admin, 'mutation { createTeam(input: { name: "Продажи" }) { id } }')).createTeam.id
    await one(admin, 'mutation ($team: ID!, $users: [ID!]!, $leaders: [ID!]) { setTeamMembers(team: $team, users: $users, leaders: $leaders) }', { team, users: [anna.actor.userId, leader.actor.userId], leaders: [leader.actor.userId] })
    await settings({ rules: [rule('Leader', [anna], { answerMinutes: 10, late: 'leader', atWork: false })] })
    const id = await arrived({ text: 'leader' })
    await sql`update core.intake_item set answer_due = null where id <> ${id}`.execute(engine.db)
    await escalate(deps, new Date('2026-03-03T10:11:00Z'))
    expect(await read(id)).toMatchObject({ owner: { id: leader.actor.userId }, answerDue: null })

    // An absent leader answers for nobody: who stands in for him does, else his own leader.
    const [deputy, head] = [await crm.as('manager'), await crm.as('manager')]
    const above = (await one(admin, 'mutation { createTeam(input: { name: "Руководители" }) { id } }')).createTeam.id
    await one(admin, 'mutation ($team: ID!, $users: [ID!]!, $leaders: [ID!]) { setTeamMembers(team: $team, users: $users, leaders: $leaders) }', { team: above, users: [head.actor.userId, leader.actor.userId], leaders: [head.actor.userId] })
    const late = async (text: string) => {
      const item = await arrived({ text })
      await sql`update core.intake_item set answer_due = null where id <> ${item}`.execute(engine.db)
      await escalate(deps, new Date('2026-03-03T10:11:00Z'))
      return (await read(item)).owner?.id
    }
    await one(admin, 'mutation ($owner: ID!) { createAbsence(input: { owner: $owner, firstDay: "2020-01-01", lastDay: "2099-01-01" }) { id } }', { owner: leader.actor.userId })
    expect(await late('nobody stands in')).toBe(head.actor.userId)
    await sql`insert into core.substitution (id, absent_id, substitute_id, from_at, until_at) values (gen_random_uuid(), ${leader.actor.userId}, ${deputy.actor.userId}, '2026-03-01', '2027-03-09')`.execute(engine.db)
    expect(await late('somebody stands in')).toBe(deputy.actor.userId)
  })
})

describe('two nodes', () => {
  it('never give one item twice, nor more than a day may bring', async () => {
    const people = await Promise.all(Array.from({ length: 3 }, () => crm.as('manager')))
    await settings({ rules: [{ ...rule('Race', []), atWork: false, pool: people.map((p) => ({ user: p.actor.userId, cap: 4 })) }] })
    const ids = await Promise.all(Array.from({ length: 15 }, (_, i) => receive({ text: `race ${i}` }).then((r) => r.id)))
    const other = await openKartotek({ db: crm.kartotek.db, log: testLog, secret: 'a secret of the tests, thirty-two characters long', filesDir: crm.dataDir, accounts: { publicUrl: 'http://127.0.0.1:3000' }, work: false })
    await Promise.all(ids.flatMap((id) => [distribute(deps, id), distribute({ ...deps, engine: other.engine }, id), distribute({ ...deps, engine: other.engine }, id)]))
    const { rows } = await sql<{ item_id: string, n: number }>`select item_id, count(*)::int as n from core.intake_decision where item_id = any(${ids}::uuid[]) and code in ('assigned', 'queued') group by 1`.execute(engine.db)
    expect(rows.map((row) => row.n)).toEqual(Array(15).fill(1))
    const owners = await Promise.all(ids.map(async (id) => (await read(id)).owner?.id ?? null))
    for (const person of people) expect(owners.filter((owner) => owner === person.actor.userId)).toHaveLength(4)
    expect(owners.filter((owner) => owner === null)).toHaveLength(3)
    await drained()
    for (const id of ids) expect(names(heard, id).filter((name) => name === 'intakeItem.assigned').length).toBeLessThanOrEqual(1)
    await other.close()
  })
})
