import { fileURLToPath } from 'node:url'
import { CORE } from './operations.ts'
import { ABOUT_RECORDS, BUNDLED } from './plugin-operations.ts'
import { phone, word, type Group, type Part, type Planted, type Planting } from './world.ts'

const plugin = (name: string): string => fileURLToPath(new URL(`../../../plugins/${name}/src/index.ts`, import.meta.url))
const now = '2026-11-02T10:00:00Z'
let minute = 0
/** Another moment for each record, on a Monday, which no planted day is, however often the years are moved. */
const moment = (): string => new Date(Date.UTC(2160, 0, 7) + 60_000 * minute++).toISOString()

/** Calls, missed calls, calling lists, conversations and messages of one owner, for one client. */
async function plantAbout({ plant, id }: Planting, tag: string, owner: string | null, client: string | null, groups: Group[], more: { contact?: string | null, list?: string } = {}): Promise<void> {
  const { contact = null, list = 'list_X' } = more
  const missed = await plant('missedCall', `missed_${tag}`, groups, { owner, heading: word(), number: phone(), openKey: word(), firstAt: now, lastAt: moment(), due: moment(), client, contact, note: word() })
  await plant('call', `call_${tag}`, groups, {
    owner, heading: word(), direction: 'in', number: phone(), numberKey: word(), client, contact, startedAt: moment(), line: word(), queue: word(), extension: word(), note: word(), recorded: true, recording: `${word()}.wav`,
    missedCall: missed, provider: 'asterisk', externalId: word(), externalKey: word(), wait: 5,
  })
  const conversation = await plant('conversation', `conversation_${tag}`, groups, {
    owner, name: word(), channel: 'telegram', client, contact, unread: 2, lastText: word(), lastAt: moment(), lastDirection: 'in', username: word(), phone: word(), marks: word(), externalId: word(), key: word(),
  })
  for (const direction of ['in', 'out']) {
    await plant('message', `message_${direction}_${tag}`, groups, {
      conversation: { object: 'conversation', id: conversation }, direction, state: direction === 'in' ? 'received' : 'failed', text: word(), at: moment(), failureText: word(), template: word(), edits: word(), externalId: word(), key: word(),
      media: JSON.stringify([{ kind: 'document', name: word() }]),
    })
  }
  await plant('timelineEntry', `entry_message_${tag}`, groups, { owner, subject: { object: 'conversation', id: conversation }, kind: 'message', direction: 'in', heading: word(), text: word(), messengers: { message: word(), heading: word(), text: word() } })
  await plant('file', `file_message_${tag}`, groups, { owner, subject: { object: 'conversation', id: conversation }, name: word(), url: `https://${word()}.example.com`, note: word() })
  if (!client) return
  await plant('timelineEntry', `entry_call_${tag}`, groups, { owner, subject: { object: 'client', id: client }, kind: 'call', direction: 'in', heading: word(), telephony: { call: id(`call_${tag}`), heading: word(), text: word() } })
  await plant('task', `task_missed_${tag}`, groups, { owner, title: word(), kind: 'call', subject: { object: 'client', id: client }, telephony: { missedCall: missed, callBack: phone() } })
  await plant('callListItem', `item_${tag}`, groups, { owner, heading: word(), list: id(list), client, number: phone(), note: word(), callAt: moment(), takenAt: moment(), listKey: word() })
}

const TRICKS: Partial<Record<string, (seen: (object: string) => Planted) => string[]>> = {
  // Who reads only, changes nothing by the mutations of plugins either.
  ...Object.fromEntries(['read_only', 'accountant'].map((name) => [name, (seen: (object: string) => Planted) => [
    `mutation { telephonyCloseMissed(missedCall: "${seen('missedCall').id}", note: "attack") }`, `mutation { telephonyListResult(item: "${seen('callListItem').id}", result: "reached") }`,
    `mutation { telephonyNextClient(list: "${seen('callList').id}") { item } }`, `mutation { telephonyFillList(list: "${seen('callList').id}", segment: "00000000-0000-7000-8000-000000000000") { added } }`,
    `mutation { messengersSend(input: { client: "${seen('client').id}", channel: "whatsapp", text: "attack", key: "attack-attack" }) { message } }`,
    `mutation { telephonyHangUp(call: "${seen('call').id}") }`, `mutation { messengersMarkRead(conversation: "${seen('conversation').id}") }`,
    `mutation { messengersSend(input: { conversation: "${seen('conversation').id}", text: "attack", key: "attack-attack" }) { message } }`,
  ]])),
}

/** The part of the walk that the bundled plugins are. */
export const PLUGINS: Part = {
  plugins: ['telephony', 'messengers'].map(plugin),
  networks: '127.0.0.1',
  walked: { ...BUNDLED, queries: { ...BUNDLED.queries, ...Object.fromEntries(ABOUT_RECORDS.map((name) => [name, CORE.queries[name]!])) } },
  main: 'Call',
  closed: {
    fields: ['call.number', 'call.note', 'missedCall.number', 'message.text', 'conversation.phone', 'conversation.lastAt', 'callList.script', 'callListItem.note', 'callRing.user', 'webForm.consentText', 'user.telephony.extension', 'timelineEntry.messengers.message', 'task.telephony.missedCall'],
    derived: ['call.heading', 'call.numberKey', 'missedCall.heading', 'missedCall.openKey', 'message.heading', 'message.edits', 'conversation.lastText', 'callListItem.heading', 'callListItem.number', 'timelineEntry.messengers.text', 'timelineEntry.telephony.heading', 'timelineEntry.telephony.text', 'task.telephony.callBack'],
  },
  capabilities: ['telephony.recording.listen'],
  fieldsWithHistory: ['owner', 'number', 'note', 'lastText'],
  isAsked: ({ object, key }) => object in BUNDLED.objects || /^(client|contact|request|entry_message|entry_call)_[MXS]$/.test(key),
  async plant(planting, tag, owner, groups) {
    await planting.plant('callList', `list_${tag}`, groups, { owner, name: word(), script: word(), purpose: word() })
    await planting.plant('webForm', `form_${tag}`, [], { name: word(), heading: word(), intro: word(), questions: JSON.stringify([{ key: 'name', kind: 'name', label: word() }]), source: word(), origins: `https://${word()}.example.com`, consentText: word(), thanks: word() })
    await plantAbout(planting, tag, owner, planting.id(`client_${tag}`), groups, { contact: planting.id(`contact_${tag}`), list: `list_${tag}` })
    // Of nobody who is known.
    await plantAbout(planting, `unknown_${tag}`, owner, null, groups)
  },
  async plantAcross(planting, owners) {
    const { id, crm } = planting
    const client = (tag: string): string => id(`client_${tag}`)
    await plantAbout(planting, 'S', owners.X, client('S'), ['S', 'X'])
    await plantAbout(planting, 'X_of_M', owners.X, client('M'), ['M', 'X'])
    await plantAbout(planting, 'M_of_X', owners.M, client('X'), ['M', 'X'])
    await planting.plant('call', 'call_rung_M', ['M', 'X'], { owner: owners.X, heading: word(), direction: 'in', number: phone(), client: client('X'), startedAt: moment(), note: word(), rings: [{ user: owners.M }] })
    await planting.plant('conversation', 'conversation_asked_M', ['M', 'X'], { owner: owners.X, name: word(), channel: 'chat', request: id('request_M'), externalId: word(), key: word(), lastText: word() })
    for (const person of ['M', 'X'] as const) await planting.update('user', owners[person], { telephony: { extension: word() } })
    await crm.kartotek.db.pool.query(`insert into p_telephony.outage (provider, began, ended) values ('asterisk', now() - interval '2 hours', now() - interval '1 hour')`)
    await crm.kartotek.db.pool.query(`insert into p_messengers.inbound (channel, key, kind, content, attempts, error) values ('telegram', 'planted', 'message', '{}', 6, 'broken')`)
  },
  tricks(world, person) {
    const seen = (object: string): Planted => world.records.find((record) => record.object === object && person.sees(record))!
    return TRICKS[person.name]?.(seen) ?? []
  },
}

