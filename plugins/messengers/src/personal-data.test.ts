import { definePlugin } from '@kartotek/sdk'
import { messageChannel, messageSink } from '@kartotek/sdk/contracts'
import { testCrm } from '@kartotek/core/testing'
import { afterAll, expect, it } from 'vitest'
import messengers from './index.ts'

const NUMBER = '358407654321'
/** A messenger whose names of people are their numbers, as those of WhatsApp are. */
const line = definePlugin({
  id: 'line', version: '1.0.0', label: { en: 'Line' },
  provides: [messageChannel.by(() => ({ key: 'line', label: 'Line', send: ({ id }) => Promise.resolve({ externalId: `sent ${id}` }) }))],
})
const crm = await testCrm({ plugins: [messengers, line], work: false })
const admin = await crm.as('administrator')
afterAll(() => crm.close())

const drained = async () => { for (;;) { const { ran, failed } = await crm.drain(); expect(failed).toEqual([]); if (!ran) return } }
const pool = crm.kartotek.db.pool
/** Every table of the database in which one of the texts stands. */
async function tablesWith(...texts: string[]): Promise<string[]> {
  const { rows } = await pool.query<{ s: string, t: string }>(`select table_schema as s, table_name as t from information_schema.tables where table_schema in ('core', 'p_messengers') and table_type = 'BASE TABLE'`)
  const found: string[] = []
  for (const { s, t } of rows) if ((await pool.query(`select 1 from "${s}"."${t}" x where x::text ilike any($1) limit 1`, [texts.map((text) => `%${text}%`)])).rowCount) found.push(t)
  return found.sort()
}
const sink = crm.kartotek.host.contextFor('messengers').providers(messageSink)[0]!.service
const written = (conversation: string, externalId: string, text: string, name: string) => sink.receive('line', [{ externalId, conversation, from: { externalId: conversation, name, phone: `+${conversation}` }, at: new Date().toISOString(), text, raw: { text } }])
const conversationOf = async (name: string): Promise<{ id: string, request: { id: string } }> => (await crm.ask(admin, 'query ($name: String) { conversations(filter: { name: { eq: $name } }) { nodes { id request { id } } } }', { name })).conversations.nodes[0]
const person = async (name: string, more: object = {}): Promise<string> => (await crm.ask(admin, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name, kind: 'person', ...more } })).createClient.id
const SEND = 'mutation ($input: MessengersSendInput!) { messengersSend(input: $input) { message } }'

it('tells a person every message, and forgets them with what lies beside the records', { timeout: 300_000 }, async () => {
  await written(NUMBER, '1', 'Tarvitsen saunan oven', 'Zorvald Krimm')
  await written('358409999999', '1', 'Hei', 'Kalle')
  await drained()
  const { id, request } = await conversationOf('Zorvald Krimm')
  const his = await person('Zorvald Krimm')
  await crm.ask(admin, 'mutation ($id: ID!, $client: ID!) { linkIntake(id: $id, client: $client) { id } }', { id: request.id, client: his })
  await drained()
  await written(NUMBER, '2', 'Saunan ovi, kiitos', 'Zorvald Krimm')
  const { files } = crm.kartotek.host.contextFor('messengers')
  await files.attach({ object: 'conversation', id }, { name: 'krimm.txt', content: 'sauna' })
  await crm.ask(admin, SEND, { input: { conversation: id, text: 'Hei Zorvald', key: 'answer-0001' } })
  await pool.query(`insert into p_messengers.form_consent (item, form, purpose, text, address) values ($1, $1, 'marketing', 'I agree', '198.51.100.7')`, [request.id])
  await drained()

  const { url } = await crm.serve()
  const file = JSON.stringify(await (await fetch(`${url}/personal-data/client/${his}.json`, { headers: { authorization: `Bearer ${await crm.token(admin)}` } })).json())
  for (const text of ['Tarvitsen saunan oven', 'Saunan ovi, kiitos', 'Hei Zorvald', 'krimm.txt', '198.51.100.7']) expect(file, text).toContain(text)
  expect(file).not.toContain('Kalle')

  const { erasurePlan } = await crm.ask(admin, 'query ($id: ID!) { erasurePlan(object: "client", id: $id) { goes { what object count } } }', { id: his })
  expect(erasurePlan.goes).toEqual(expect.arrayContaining([{ what: 'papers', object: 'conversation', count: 1 }, { what: 'papers', object: 'message', count: 3 }, { what: 'files', object: 'file', count: 1 }]))
  await crm.ask(admin, 'mutation ($id: ID!) { erasePerson(object: "client", id: $id, confirm: "Zorvald Krimm") }', { id: his })
  await drained()
  expect(await tablesWith('7654321', 'zorvald', 'krimm', 'sauna', '198.51.100.7')).toEqual([])
  expect(await tablesWith('9999999'), 'what others wrote stays').toEqual(expect.arrayContaining(['conversation', 'inbound', 'message']))
  expect((await pool.query('select text from p_messengers.form_consent')).rows, 'the proof stays').toEqual([{ text: 'I agree' }])
  const { messages } = await crm.ask(admin, 'query ($id: ID!) { messages(filter: { conversation: { id: { eq: $id } } }) { nodes { heading direction { key } at } } }', { id })
  expect(messages.nodes.map((message: { heading: string | null, direction: { key: string } }) => [message.heading, message.direction.key]).sort()).toEqual([[null, 'in'], [null, 'in'], [null, 'out']])
})

it('asks the person whether he may be written to, and his client only where nobody is named', async () => {
  await written('358401111111', '1', 'Hei', 'Pekka')
  await drained()
  const { id } = await conversationOf('Pekka')
  const client = await person('Quiet Oy', { kind: 'organisation', doNotContact: ['messenger'] })
  const { createContact: contact } = await crm.ask(admin, 'mutation { createContact(input: { name: "Pekka" }) { id } }')
  const put = (input: object) => crm.ask(admin, 'mutation ($id: ID!, $input: ConversationUpdateInput!) { updateConversation(id: $id, input: $input) { id } }', { id, input })
  const refusal = async (key: string): Promise<unknown> => (await crm.query(admin, SEND, { input: { conversation: id, text: 'Hei', key } })).errors?.[0]?.extensions
  await put({ client })
  expect(await refusal('to-client-1')).toMatchObject({ code: 'FORBIDDEN', reason: 'doNotContact' })
  await put({ contact: contact.id })
  expect(await refusal('to-contact-1')).toBeUndefined()
  // Marked between the click and the sending: it is asked again.
  await crm.ask(admin, 'mutation ($id: ID!) { updateContact(id: $id, input: { doNotContact: ["messenger"] }) { id } }', { id: contact.id })
  await drained()
  expect((await crm.ask(admin, 'query ($id: ID!) { messages(filter: { conversation: { id: { eq: $id } }, direction: { eq: "out" } }) { nodes { state { key } failure { key } } } }', { id })).messages.nodes).toEqual([{ state: { key: 'failed' }, failure: { key: 'doNotContact' } }])
  expect(await refusal('to-contact-2')).toMatchObject({ reason: 'doNotContact' })
})

it('asks for the consent that a message needs by its purpose, and says which one lacks', { timeout: 300_000 }, async () => {
  await written('358404444444', 'm1', 'Hei', 'Liisa')
  await drained()
  const { id } = await conversationOf('Liisa')
  const { createContact: contact } = await crm.ask(admin, 'mutation { createContact(input: { name: "Liisa" }) { id } }')
  const refusal = async (key: string, purpose?: string): Promise<unknown> => (await crm.query(admin, SEND, { input: { conversation: id, text: 'Hei', key: `liisa-${key}`, purpose } })).errors?.[0]?.extensions.reason
  const say = (purpose: string, state: string, at: string, channel = 'messenger') => crm.ask(admin, 'mutation ($input: ConsentCreateInput!) { createConsent(input: $input) { id } }', { input: { subject: { object: 'contact', id: contact.id }, purpose, channel, state, at, source: 'said so' } })
  const lastOut = async () => {
    await drained()
    return (await crm.ask(admin, 'query ($id: ID!) { messages(first: 1, filter: { conversation: { id: { eq: $id } }, direction: { eq: "out" } }, orderBy: [{ field: createdAt, direction: DESC }]) { nodes { purpose failure { key } } } }', { id })).messages.nodes[0]
  }
  expect([await refusal('unknown-1', 'marketing'), await refusal('unknown-2')]).toEqual(['noConsent', undefined])
  await crm.ask(admin, 'mutation ($id: ID!, $contact: ID!) { updateConversation(id: $id, input: { contact: $contact }) { id } }', { id, contact: contact.id })

  const { errors } = await crm.query(admin, SEND, { input: { conversation: id, text: 'Hei', key: 'liisa-advertisement', purpose: 'marketing' } })
  expect(errors![0]).toMatchObject({ message: expect.stringContaining('“marketing”') as string, extensions: { code: 'FORBIDDEN', reason: 'noConsent', channel: 'messenger', purpose: 'marketing' } })
  await say('marketing', 'given', '2026-01-01T10:00:00Z', 'email')
  expect(await refusal('by-mail-only', 'marketing')).toBe('noConsent')
  await say('marketing', 'given', '2026-01-01T10:00:00Z')
  expect(await refusal('agreed', 'marketing')).toBeUndefined()
  // Taken back between the click and the sending: it is asked again, for the same purpose.
  await say('marketing', 'withdrawn', '2026-02-01T10:00:00Z')
  expect(await lastOut()).toMatchObject({ purpose: 'marketing', failure: { key: 'withdrawn' } })
  expect([await refusal('taken-back', 'marketing'), await refusal('service')]).toEqual(['withdrawn', undefined])
  await say('service', 'withdrawn', '2026-02-01T10:00:00Z')
  expect(await lastOut()).toMatchObject({ purpose: 'service', failure: { key: 'withdrawn' } })
  expect([await refusal('no-more'), await refusal('no-such', 'nonsense')]).toEqual(['withdrawn', 'noConsent'])
})

it('tells on timelines what stands in messages to who may read it there, and to nobody else', { timeout: 300_000 }, async () => {
  await written('358405555555', 't1', 'First words', 'Outi')
  await written('358405555555', 't2', 'Secret words', 'Outi')
  await drained()
  const { id } = await conversationOf('Outi')
  const lines = async (who: typeof admin, more = '') => (await crm.ask(who, `query ($id: ID!) { timeline(object: "conversation", id: $id, kinds: ["message"]${more}) { nodes { heading text direction data { key } } } }`, { id })).timeline.nodes
  expect(await lines(admin)).toEqual([{ heading: 'Outi', text: 'Secret words', direction: 'in', data: [] }])
  expect(await lines(admin, ', search: "secret"')).toHaveLength(1)
  const closed = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'message.text': { read: false } } })
  expect(await lines(closed)).toEqual([{ heading: 'Outi', text: null, direction: 'in', data: [] }])
  expect(await lines(closed, ', search: "secret"')).toEqual([])
  const { data, errors } = await crm.query(closed, 'query ($id: ID!) { timelineEntries(filter: { subject: { id: { eq: $id } } }) { nodes { heading text } } changeSets(object: "conversation", record: $id) { nodes { changes { fields { key after } } } } }', { id })
  expect([errors, JSON.stringify(data).includes('Secret words')]).toEqual([undefined, false])
  const objects = { '*': { read: 'all' }, 'message': { read: 'none' } } as const
  expect(await lines(await crm.withRules({ objects }))).toEqual([{ heading: 'Outi', text: null, direction: 'in', data: [] }])
  expect(await lines(await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'conversation.name': { read: false } } }))).toEqual([{ heading: 'Message', text: 'Secret words', direction: 'in', data: [] }])
})

it('tells what went wrong in channels to who may change their settings, and to nobody else', async () => {
  await pool.query(`insert into p_messengers.inbound (channel, key, kind, content, attempts, error) values ('whatsapp', 'broken', 'message', '{}', 6, 'broken')`)
  const failed = async (who: typeof admin) => new Set((await crm.ask(who, '{ messengersChannels { key ready failed } }')).messengersChannels.map((one: { failed: number | null }) => typeof one.failed))
  expect([...await failed(admin)]).toEqual(['number'])
  expect([...await failed(await crm.as('manager'))]).toEqual(['object'])
  expect([...await failed(await crm.withRules({ capabilities: ['plugins.manage'] }))]).toEqual(['number'])
})

it('begins no conversation for who may not write messages', async () => {
  const reader = await crm.withRules({ objects: { '*': { read: 'all' } } })
  const client = await person('Somebody', { contactPoints: [{ kind: 'phone', value: '+358 40 333 3333' }] })
  expect((await crm.query(reader, SEND, { input: { client, channel: 'whatsapp', text: 'Hei', key: 'reader-0001' } })).errors![0]!.extensions.code).toBe('FORBIDDEN')
  expect((await pool.query(`select 1 from core.conversation where client_id = $1`, [client])).rowCount).toBe(0)
})

it('tells a number neither as the phone nor as the id in the channel to whom the contact points of clients are closed', async () => {
  const numbers = '{ conversations(filter: { channel: { eq: "line" } }, first: 1) { nodes { name phone externalId } } }'
  expect((await crm.ask(admin, numbers)).conversations.nodes[0]).toMatchObject({ phone: expect.any(String), externalId: expect.any(String) })
  const closed = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'contactPoint.value': { read: false } } })
  expect((await crm.query(closed, numbers)).errors!.map(({ message }) => message)).toEqual([expect.stringContaining('phone'), expect.stringContaining('externalId')])
})

it('has a conversation that a substitute begins belong to whom its client belongs', async () => {
  const [anna, boris] = [await crm.as('manager'), await crm.as('manager')]
  const { createClient: { id: client } } = await crm.ask(anna, 'mutation { createClient(input: { name: "Hers", contactPoints: [{ kind: "phone", value: "+358 40 444 4444" }] }) { id } }')
  // As each request finds him.
  const { url } = await crm.serve()
  const token = await crm.token(boris)
  const asBoris = async (query: string, variables: object = {}) => {
    const answer = await (await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', 'authorization': `Bearer ${token}` }, body: JSON.stringify({ query, variables }) })).json() as { data: unknown, errors?: unknown }
    expect(answer.errors).toBeUndefined()
    return answer.data
  }
  const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString()
  const { startSubstitution: made } = await crm.ask(anna, 'mutation ($input: SubstitutionInput!) { startSubstitution(input: $input) { id } }', { input: { substitute: boris.actor.userId, from: hours(-1), until: hours(24) } })
  await asBoris(SEND, { input: { client, channel: 'whatsapp', text: 'Hei', key: 'substitute-0001' } })
  const seen = '{ conversations(filter: { channel: { eq: "whatsapp" } }) { nodes { phone owner { id } } } messages { nodes { text conversation { id } } } }'
  expect(await asBoris(seen)).toMatchObject({ conversations: { nodes: [{ phone: '+358404444444', owner: { id: anna.actor.userId } }] }, messages: { nodes: [{ text: 'Hei', conversation: {} }] } })
  await crm.ask(anna, 'mutation ($id: ID!) { endSubstitution(id: $id) }', { id: made.id })
  await sink.receive('whatsapp', [{ externalId: 'later', conversation: '358404444444', from: { externalId: '358404444444', name: 'Hers', phone: '+358404444444' }, at: new Date().toISOString(), text: 'Later', raw: {} }])
  await drained()
  // What he wrote is his own; to whom, and what comes later, is not.
  expect(await asBoris(seen)).toEqual({ conversations: { nodes: [] }, messages: { nodes: [{ text: 'Hei', conversation: null }] } })
  expect((await crm.ask(anna, seen)).messages.nodes).toContainEqual(expect.objectContaining({ text: 'Later' }))
})
