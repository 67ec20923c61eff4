import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { definePlugin } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { readingOf } from '../records/engine.ts'
import { testCrm } from '../testing/crm.ts'
import { mergeRecords } from '../duplicates/merge.ts'
import { cancelRetype, findRetype, startRetype } from '../retyping/retype.ts'
import { exportPerson } from './export.ts'
import { personalPage } from './export-html.ts'
import { mayContact } from './may-contact.ts'
import { keepNoLonger, loadRetention } from './retention.ts'

const held = new Map<string, string>()
const asked: unknown[] = []
const crm = await testCrm({ plugins: [definePlugin({
  id: 'messengers', version: '1.0.0', needs: { contact: ['read'], consent: ['read'] },
  personalData: { export: async ({ id }) => held.get(id), forget: async ({ id }) => { held.delete(id) } },
  jobs: { ask: { async run(input, ctx) { asked.push(await ctx.records.mayContact('contact', input.ids as string[], 'messenger', 'marketing')) } } },
})] })
afterAll(() => crm.close())
const { engine, files, uploads, jobs, personalData } = crm.kartotek
let admin: Caller, anna: Caller

const one = crm.ask
const problem = async (caller: Caller, source: string, variables: Record<string, unknown> = {}) => (await crm.query(caller, source, variables)).errors?.[0]
const contact = async (input: Record<string, unknown>, caller = admin) => (await one(caller, 'mutation ($input: ContactCreateInput!) { createContact(input: $input) { id } }', { input })).createContact.id as string
const client = async (input: Record<string, unknown>) => (await one(admin, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input })).createClient.id as string
const consent = (id: string, more: Record<string, unknown> = {}, caller = admin) => one(caller, 'mutation ($input: ConsentCreateInput!) { createConsent(input: $input) { id } }', { input: { subject: { object: 'contact', id }, purpose: 'marketing', channel: 'email', state: 'given', source: 'web form', textVersion: 1, ...more } })
const may = async (id: string, channel = 'email', purpose = 'marketing', caller = admin) => (await mayContact(readingOf(engine, caller), 'contact', [id], channel, purpose))[0]
const upload = async (text: string): Promise<string> => {
  const id = crypto.randomUUID()
  mkdirSync(dirname(uploads.pathOf(id)), { recursive: true })
  writeFileSync(uploads.pathOf(id), text)
  return (await uploads.add({ filename: id, originalname: 'passport.txt', size: text.length } as never, admin.actor.userId)).id
}

beforeAll(async () => { ;[admin, anna] = [await crm.as('administrator'), await crm.as('manager')] })

describe('consents', () => {
  it('are kept as they were given; the last one about a purpose and a channel holds', async () => {
    const id = await contact({ lastName: 'Petrova' })
    expect(await may(id)).toEqual({ id, may: false, reason: 'noConsent' })
    expect(await may(id, 'email', 'service')).toMatchObject({ may: true })
    await consent(id, { at: '2026-01-01T10:00:00Z' })
    expect(await may(id)).toEqual({ id, may: true, reason: null })
    expect(await may(id, 'phone')).toMatchObject({ may: false })
    await consent(id, { state: 'withdrawn', at: '2026-02-01T10:00:00Z' })
    await consent(id, { state: 'withdrawn', channel: 'phone', purpose: 'service' })
    expect(await may(id)).toMatchObject({ reason: 'withdrawn' })
    expect(await may(id, 'phone', 'service')).toMatchObject({ reason: 'withdrawn' })
    const { consents } = await one(admin, 'query ($id: ID!) { consents(filter: { subject: { id: { eq: $id } } }, orderBy: [{ field: at, direction: ASC }]) { nodes { id state { key } source textVersion } } }', { id })
    expect(consents.nodes).toHaveLength(3)
    for (const mutation of [`updateConsent(id: "${consents.nodes[0].id}", input: { source: "other" }) { id }`, `deleteConsent(id: "${consents.nodes[0].id}") { id }`, `archiveConsent(id: "${consents.nodes[0].id}") { id }`]) {
      expect((await problem(admin, `mutation { ${mutation} }`))!.message).toContain('stays as it was given')
    }
    expect((await problem(admin, 'mutation ($input: ConsentCreateInput!) { createConsent(input: $input) { id } }', { input: { subject: { object: 'contact', id }, purpose: 'nowhere', channel: 'email', source: 'x' } }))!.message).toContain('no such purpose')
  })

  it('lie in no future, and say to which words was agreed', async () => {
    const id = await contact({ lastName: 'Careful' })
    const refused = async (more: Record<string, unknown>) => (await consent(id, more).catch((error: Error) => error.message)) as string
    expect(await refused({ at: new Date(Date.now() + 86_400_000).toISOString() })).toContain('cannot lie in the future')
    expect(await refused({ textVersion: 99 })).toContain('no such version')
    await one(admin, 'mutation { saveConsentPurpose(input: { key: "worded", labels: { en: "Worded" }, needsConsent: true, text: "We write." }) { key } }')
    expect(await refused({ purpose: 'worded', textVersion: null })).toContain('to which version')
    // What was agreed to before there were these words is what it is.
    await consent(id, { purpose: 'worded', textVersion: null, at: '2019-05-06T10:00:00Z' })
    await consent(id, { purpose: 'worded', textVersion: null, state: 'withdrawn' })
    await consent(id, { purpose: 'worded', textVersion: 1, at: new Date().toISOString() })
    expect(await may(id, 'email', 'worded')).toMatchObject({ may: true })
  })

  it('and «do not contact» are honoured by lists, by the API and for plugins, within rights', async () => {
    const [yes, no, marked, hidden] = [await contact({ lastName: 'Yes', owner: anna.actor.userId }), await contact({ lastName: 'No', owner: anna.actor.userId }), await contact({ lastName: 'Marked', owner: anna.actor.userId, doNotContact: ['messenger', 'email'] }), await contact({ lastName: 'Hidden' })]
    for (const id of [yes, marked, hidden]) await consent(id, { channel: 'messenger' })
    const list = async (caller: Caller, filter: object) => (await one(caller, 'query ($filter: ContactFilter!) { contacts(filter: $filter) { nodes { id } } }', { filter: { and: [filter, { id: { in: [yes, no, marked, hidden] } }] } })).contacts.nodes.map((n: { id: string }) => n.id) as string[]
    expect((await list(admin, { mayContact: { channel: 'messenger', purpose: 'marketing' } })).sort()).toEqual([yes, hidden].sort())
    expect((await list(anna, { mayContact: { channel: 'messenger', purpose: 'marketing' } }))).toEqual([yes])
    expect((await list(anna, { mayContact: { channel: 'messenger' } })).sort()).toEqual([yes, no].sort())
    expect((await list(anna, { not: { mayContact: { channel: 'email' } } }))).toEqual([marked])
    expect((await list(anna, { mayContact: { channel: 'messenger', purpose: 'unknown' } }))).toEqual([])
    expect((await problem(anna, '{ contacts(filter: { mayContact: { channel: "pigeon" } }) { nodes { id } } }'))!.message).toContain('channel')
    const reasons = (await mayContact(readingOf(engine, anna), 'contact', [yes, no, marked, hidden, 'x'], 'messenger', 'marketing')).map((r) => r.reason)
    expect(reasons).toEqual([null, 'noConsent', 'doNotContact', 'unknown', 'unknown'])
    await jobs.enqueue(null, 'messengers', 'ask', { ids: [yes, marked] })
    await crm.drain()
    expect(asked[0]).toEqual([{ id: yes, may: true, reason: null }, { id: marked, may: false, reason: 'doNotContact' }])
    const { contactPermissions } = await one(anna, 'query ($id: ID!) { contactPermissions(object: "contact", id: $id) { purpose channel may reason } }', { id: marked })
    expect(contactPermissions).toContainEqual({ purpose: 'service', channel: 'email', may: false, reason: 'doNotContact' })
    const blind = await crm.withRules({ objects: { contact: { read: 'all' } } })
    expect(await problem(blind, '{ contacts(filter: { mayContact: { channel: "email" } }) { nodes { id } } }')).toBeDefined()
  })

  it('have purposes that an administrator words; new words are a new version', async () => {
    const save = async (input: object, caller = admin) => (await one(caller, 'mutation ($input: ConsentPurposeInput!) { saveConsentPurpose(input: $input) { key label textVersion text archived } }', { input })).saveConsentPurpose
    expect(await save({ key: 'survey', labels: { en: 'Surveys' }, needsConsent: true, text: 'May we ask?' })).toMatchObject({ label: 'Surveys', textVersion: 1 })
    expect(await save({ key: 'survey', labels: { en: 'Polls' }, needsConsent: true, text: 'May we ask?' })).toMatchObject({ label: 'Polls', textVersion: 1 })
    expect(await save({ key: 'survey', labels: { en: 'Polls' }, needsConsent: true, text: 'May we ask you?', archived: true })).toMatchObject({ textVersion: 2, archived: true })
    const { rows } = await sql`select version, text from core.consent_text where purpose = 'survey' order by version`.execute(engine.db)
    expect(rows).toEqual([{ version: 1, text: 'May we ask?' }, { version: 2, text: 'May we ask you?' }])
    expect((await problem(anna, 'mutation ($input: ConsentPurposeInput!) { saveConsentPurpose(input: $input) { key } }', { input: { key: 'x', labels: { en: 'X' }, needsConsent: false } }))!.message).toContain('privacy.manage')
  })
})

describe('what is held on a person', () => {
  it('is told to people as they read it, in their language, and to machines as it is', async () => {
    const id = await contact({ lastName: 'Kivinen', birthday: '1980-05-06', contactPoints: [{ kind: 'phone', value: '040 1234567' }], doNotContact: ['sms', 'post'] })
    await consent(id, { at: '2026-01-15T10:30:00Z' })
    await one(admin, 'mutation ($id: ID!) { createTimelineEntry(input: { subject: { object: "contact", id: $id }, kind: "call", direction: "in", happenedAt: "2026-07-15T10:30:00Z", text: "x" }) { id } }', { id })
    await one(admin, 'mutation ($id: ID!) { updateContact(id: $id, input: { birthday: "1980-05-07" }) { id } }', { id })
    const russian: Caller = { ...admin, actor: { ...admin.actor, locale: 'ru' } }
    const file = await exportPerson(engine, russian, 'contact', id, personalData, 'words')
    const page = personalPage(file, 'ru', 'Europe/Helsinki')
    const zone = engine.live.current.company.timeZone
    const moment = (iso: string): string => new Intl.DateTimeFormat('ru', { timeZone: zone, year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }).format(new Date(iso))
    const text = JSON.stringify(file.sections)
    for (const word of ['7 мая 1980 г.', '6 мая 1980 г.', 'СМС; Почта', 'Телефон', 'Дано', 'Звонок', 'Входящее', moment('2026-01-15T10:30:00Z'), moment('2026-07-15T10:30:00Z'), admin.actor.name]) expect(text, word).toContain(word)
    expect(page).toContain('Дано')
    // Neither keys nor ids nor the clock of the machine.
    expect(text).not.toMatch(/"given"|"call"|"in"|"create"|marketing"|\d\dT\d\d:|[0-9a-f]{8}-[0-9a-f]{4}-7/)
    const data = JSON.stringify(await exportPerson(engine, russian, 'contact', id, personalData))
    for (const word of ['"1980-05-07"', '2026-01-15T10:30:00.000Z', id]) expect(data).toContain(word)
  })

  it('leaves as one file, logged, as far as who asks sees it', async () => {
    const id = await contact({ lastName: 'Ivanova', firstName: 'Olga', birthday: '1980-05-06', contactPoints: [{ kind: 'email', value: 'olga@example.com' }] })
    await consent(id)
    await one(admin, 'mutation ($id: ID!) { createTimelineEntry(input: { subject: { object: "contact", id: $id }, kind: "call", text: "Likes <b>tea</b>" }) { id } }', { id })
    await one(admin, 'mutation ($id: ID!) { createTask(input: { subject: { object: "contact", id: $id }, title: "Ring Olga" }) { id } }', { id })
    await one(admin, 'mutation ($id: ID!) { createOrder(input: { subject: "Chairs", contact: $id }) { id } }', { id })
    await files.attach(admin, { object: 'contact', id }, await upload('Passport 123456'))
    held.set(id, 'a chat')
    const file = await exportPerson(engine, admin, 'contact', id, personalData)
    const text = JSON.stringify(file)
    for (const word of ['Ivanova', '1980-05-06', 'olga@example.com', 'web form', 'Likes <b>tea</b>', 'Ring Olga', 'Chairs', 'passport.txt', 'a chat', 'given']) expect(text, word.slice(0, 40)).toMatch(new RegExp(word, 'i'))
    expect(file.complete).toBe(true)
    const page = personalPage(file, 'en', 'Europe/Helsinki')
    expect(page).toContain('olga@example.com')
    expect(page).not.toContain('<b>tea')
    const { privacyLog } = await one(admin, '{ privacyLog { nodes { kind record userName } } }')
    expect(privacyLog.nodes[0]).toEqual({ kind: 'export', record: id, userName: admin.actor.name })

    const half = await crm.withRules({ capabilities: ['privacy.manage'], objects: { contact: { read: 'all' }, timelineEntry: { read: 'own' } }, fields: { 'contact.birthday': { read: false } } })
    const less = await exportPerson(engine, half, 'contact', id, personalData)
    expect(less.complete).toBe(false)
    // What plugins hold they give out with their own rights.
    expect(JSON.stringify(less)).not.toMatch(/1980-05-06|Chairs|a chat/)
    await expect(exportPerson(engine, anna, 'contact', id, personalData)).rejects.toThrow('privacy.manage')
    const blind = await crm.withRules({ capabilities: ['privacy.manage'], objects: { contact: { read: 'own' } } })
    await expect(exportPerson(engine, blind, 'contact', id, personalData)).rejects.toThrow('no such record')
    await expect(exportPerson(engine, admin, 'client', await client({ name: 'Oak Oy' }), personalData)).rejects.toThrow('organisation')
  })
})

it('what lies in the trash is held, too', async () => {
  const [id, double] = [await contact({ lastName: 'Sidorova' }), await contact({ lastName: 'Sidorowa', jobTitle: 'Twin' })]
  const task = (await one(admin, 'mutation ($id: ID!) { createTask(input: { subject: { object: "contact", id: $id }, title: "Thrown away" }) { id } }', { id })).createTask.id
  const order = (await one(admin, 'mutation ($id: ID!) { createOrder(input: { subject: "Trashed chairs", contact: $id }) { id } }', { id })).createOrder.id
  await one(admin, `mutation { deleteTask(id: "${task}") { id } deleteOrder(id: "${order}") { id } }`)
  await mergeRecords(engine, admin, { object: 'contact', winner: id, loser: double })
  await one(admin, 'mutation ($id: ID!) { deleteContact(id: $id) { id } }', { id })
  const file = await exportPerson(engine, admin, 'contact', id, personalData)
  expect(file.complete).toBe(true)
  for (const word of ['Thrown away', 'Trashed chairs', 'Sidorowa']) expect(JSON.stringify(file), word).toContain(word)
})

describe('erasing a person', () => {
  it('leaves nothing of him anywhere, and the numbers of documents', async () => {
    const SECRET = 'Zubrowka'
    await one(admin, 'mutation { createField(object: "client", input: { name: "passport", type: text, labels: { en: "Passport" }, required: false, searchable: true }) { key } }')
    const id = await client({ name: `${SECRET} Anna`, kind: 'person', note: `Of ${SECRET}`, custom: { passport: `${SECRET}1` }, contactPoints: [{ kind: 'email', value: `${SECRET}@example.com`.toLowerCase() }], addresses: [{ address: { street: `${SECRET} street` } }], territory: SECRET })
    await one(admin, 'mutation ($id: ID!, $input: ClientUpdateInput!) { updateClient(id: $id, input: $input) { id } }', { id, input: { name: `${SECRET}a`, territory: `${SECRET}2`, contactPoints: [{ kind: 'phone', value: '+358401234567', label: SECRET }] } })
    await one(admin, 'mutation { createObject(input: { name: "permit", plural: "permits", labels: { en: "Permit" }, labelsPlural: { en: "Permits" }, contactPoints: true, addresses: true }) { name } }')
    await one(admin, 'mutation { createField(object: "xPermit", input: { name: "holder", type: reference, to: "client", labels: { en: "Holder" } }) { key } updateObject(name: "xPermit", input: { accessFrom: ["custom.holder"] }) { name } }')
    await crm.drain()
    const permit = (await one(admin, 'mutation ($input: XPermitCreateInput!) { createXPermit(input: $input) { id } }', { input: { name: 'Permit 7', custom: { holder: id }, contactPoints: [{ kind: 'email', value: `${SECRET}@permit.example`.toLowerCase() }], addresses: [{ address: { street: `${SECRET} lane` } }] } })).createXPermit.id as string
    await one(admin, 'mutation ($id: ID!, $input: XPermitUpdateInput!) { updateXPermit(id: $id, input: $input) { id } }', { id: permit, input: { contactPoints: [{ kind: 'phone', value: '+358409990001', label: SECRET }] } })
    // A list that was taken away keeps what is in it.
    await one(admin, 'mutation { updateObject(name: "xPermit", input: { addresses: false }) { name } }')
    const order = (await one(admin, 'mutation ($input: OrderCreateInput!) { createOrder(input: $input) { id number } }', { input: { client: id, problems: [{ text: `${SECRET} was not at home`, solution: `Ring ${SECRET}` }], subject: `For ${SECRET}`, comment: SECRET, deliveryAddress: { street: SECRET }, lines: [{ text: 'Chair', quantity: '2', price: { amount: '10', currency: 'EUR' } }] } })).createOrder as { id: string, number: string }
    for (const subject of [{ object: 'client', id }, { object: 'order', id: order.id }]) {
      await one(admin, 'mutation ($subject: RecordLinkInput!, $text: String!) { createTimelineEntry(input: { subject: $subject, kind: "letter", heading: $text, text: $text }) { id } }', { subject, text: `Dear ${SECRET}` })
      await one(admin, 'mutation ($subject: RecordLinkInput!, $text: String!) { createTask(input: { subject: $subject, title: $text, text: $text, checklist: [{ text: $text }] }) { id } }', { subject, text: `Call ${SECRET}` })
    }
    const { file } = await files.attach(admin, { object: 'client', id }, await upload(`Passport of ${SECRET}`), `${SECRET}.txt`)
    const { rows: [version] } = await sql<{ id: string }>`select id from core.file_version where file_id = ${file}`.execute(engine.db)
    await one(admin, 'mutation ($id: ID!, $source: String!) { createConsent(input: { subject: { object: "client", id: $id }, purpose: "marketing", channel: "email", source: $source }) { id } }', { id, source: `said ${SECRET}` })
    await sql`insert into core.external_ref (system, object, external_id, record_id) values ('1c', 'client', ${SECRET}, ${id})`.execute(engine.db)
    // A request that he made, and a double that was merged into him and lies in the trash.
    const request = (await one(admin, 'mutation ($input: IntakeItemCreateInput!) { createIntakeItem(input: $input) { id } }', { input: { person: `${SECRET} Anna`, text: `I am ${SECRET}`, raw: `{"name":"${SECRET}"}`, externalId: SECRET, points: [{ kind: 'email', value: `${SECRET}@example.org`.toLowerCase() }], values: [{ name: 'shoe', value: SECRET }] } })).createIntakeItem.id as string
    await sql`update core.intake_item set client_id = ${id}, state = 'linked' where id = ${request}`.execute(engine.db)
    // It stands on the timeline of a company, too, as what came in.
    const company = await client({ name: 'Other company' })
    const entry = (await one(admin, 'mutation ($id: ID!, $text: String!) { createTimelineEntry(input: { subject: { object: "client", id: $id }, kind: "letter", heading: $text, text: $text }) { id } }', { id: company, text: `From ${SECRET}` })).createTimelineEntry.id as string
    await sql`update core.intake_item set entry = ${entry} where id = ${request}`.execute(engine.db)
    const double = await client({ name: `${SECRET} Double`, kind: 'person', contactPoints: [{ kind: 'email', value: `${SECRET}2@example.com`.toLowerCase() }] })
    await mergeRecords(engine, admin, { object: 'client', winner: id, loser: double })
    // Somebody waits for an approval, and types were changed, one of them not to the end.
    await sql`insert into core.stage_approval (id, object, record_id, stage_id, gate, missing, note, asked_by, asked_at, change_set_id) values (gen_random_uuid(), 'order', ${order.id}, gen_random_uuid(), '', '[]', ${`${SECRET} is in a hurry`}, ${admin.actor.userId}, now(), gen_random_uuid())`.execute(engine.db)
    await one(admin, 'mutation { changeFieldType(object: "client", field: "custom.passport", input: { type: longText }) { id } }')
    // What is hidden comes back one day: a list on the card, and records that hang on it, with a list of their own.
    for (const input of ['name: "guest", plural: "guests", labels: { en: "Guest" }, labelsPlural: { en: "Guests" }, partOf: "client"', 'name: "stay", plural: "stays", labels: { en: "Stay" }, labelsPlural: { en: "Stays" }, contactPoints: true', 'name: "wish", plural: "wishes", labels: { en: "Wish" }, labelsPlural: { en: "Wishes" }, partOf: "xStay"']) await one(admin, `mutation { createObject(input: { ${input} }) { name } }`)
    for (const input of ['name: "of", type: reference, to: "client", labels: { en: "Of" }', 'name: "note", type: text, labels: { en: "Note" }']) await one(admin, `mutation { createField(object: "xStay", input: { ${input} }) { key } }`)
    await one(admin, 'mutation { updateObject(name: "xStay", input: { accessFrom: ["custom.of"] }) { name } }')
    await one(admin, 'mutation ($id: ID!, $text: String!) { updateClient(id: $id, input: { xGuests: [{ name: $text }] }) { id } }', { id, text: `Wife of ${SECRET}` })
    await one(admin, 'mutation ($i: XStayCreateInput!) { createXStay(input: $i) { id } }', { i: { name: 'Room 7', custom: { of: id, note: `${SECRET} snores` }, contactPoints: [{ kind: 'telegram', value: SECRET }], xWishes: [{ name: `Tea for ${SECRET}` }] } })
    // Lists on an order and on a task of his, one with sums, one with a text that must be there.
    for (const [partOf, name] of [['order', 'part'], ['task', 'rest']]) await one(admin, `mutation { createObject(input: { name: "${name}", plural: "${name}s", labels: { en: "x" }, labelsPlural: { en: "x" }, partOf: "${partOf}" }) { name } }`)
    await one(admin, 'mutation { createField(object: "xPart", input: { name: "sum", type: money, labels: { en: "Sum" } }) { key } }')
    await one(admin, 'mutation { createField(object: "xRest", input: { name: "guest", type: text, required: true, labels: { en: "Guest" } }) { key } }')
    await one(admin, 'mutation ($id: ID!, $text: String!) { updateOrder(id: $id, input: { xParts: [{ name: $text }] }) { id } }', { id: order.id, text: `Cash from ${SECRET}` })
    await one(admin, 'mutation ($i: TaskCreateInput!) { createTask(input: $i) { id } }', { i: { title: 'Visit', subject: { object: 'client', id }, xRests: [{ custom: { guest: `${SECRET} junior` } }] } })
    for (const name of ['xGuest', 'xStay']) await one(admin, `mutation { hideObject(name: "${name}") { name } }`)
    held.set(id, SECRET)
    await crm.drain()
    const retype = (await findRetype(engine.db, await startRetype(engine, admin, 'client', 'custom.passport', { type: 'text' })))!
    await sql`update core.client set ${sql.id(retype.toColumns[0]!.name)} = ${SECRET} where id = ${id}`.execute(engine.db)
    await cancelRetype(engine, admin, retype.id)

    const { erasurePlan } = await one(admin, 'query ($id: ID!) { erasurePlan(object: "client", id: $id) { goes { what object count } stays { what object count why } } }', { id })
    expect(erasurePlan.goes).toEqual(expect.arrayContaining([{ what: 'requests', object: 'intakeItem', count: 1 }, expect.objectContaining({ what: 'entries', count: 2 }), expect.objectContaining({ what: 'files', count: 1 }), expect.objectContaining({ what: 'parts', object: 'contactPoint', count: 3 }), { what: 'parts', object: 'contactPoint', count: 1 }, { what: 'parts', object: 'clientAddress', count: 1 }, { what: 'parts', object: 'orderProblem', count: 1 }, { what: 'parts', object: 'xGuest', count: 1 }, { what: 'parts', object: 'xWish', count: 1 }]))
    expect(erasurePlan.stays).toEqual(expect.arrayContaining([{ what: 'documents', object: 'order', count: 1, why: 'legalTerm' }, { what: 'consents', object: 'consent', count: 1, why: 'proof' }]))
    const erase = (caller: Caller, confirm: string) => crm.query(caller, 'mutation ($id: ID!, $confirm: String!) { erasePerson(object: "client", id: $id, confirm: $confirm) }', { id, confirm })
    expect((await erase(admin, 'Zubrowka')).errors![0]!.message).toContain('exactly')
    expect((await erase(anna, `${SECRET}a`)).errors![0]!.message).toContain('privacy.manage')
    const reader = await crm.withRules({ capabilities: ['privacy.manage'], objects: { client: { read: 'all' } } })
    expect((await erase(reader, `${SECRET}a`)).errors![0]!.message).toContain('may not change')
    // The plan counts what nobody need see, so it is for who may erase.
    expect((await problem(reader, 'query ($id: ID!) { erasurePlan(object: "client", id: $id) { goes { count } } }', { id }))!.message).toContain('may not change')
    // What is emptied counts as changed: a change of type that is copying looks at it again.
    await sql`update core."order" set updated_at = now() - interval '1 year' where id = ${order.id}`.execute(engine.db)
    await sql`update core.task set updated_at = now() - interval '1 year' where subject_id = ${order.id}`.execute(engine.db)
    expect((await erase(admin, `${SECRET}a`)).errors).toBeUndefined()
    const { rows: touched } = await sql<{ n: number }>`select (select count(*) from core."order" where id = ${order.id} and updated_at > now() - interval '1 hour') + (select count(*) from core.task where subject_id = ${order.id} and updated_at > now() - interval '1 hour') as n`.execute(engine.db)
    expect(Number(touched[0]!.n)).toBe(2)
    await crm.drain()

    // Every table of the database, and the storage.
    const { rows: tables } = await sql<{ name: string }>`select format('%I.%I', table_schema, table_name) as name from information_schema.tables where table_schema in ('core', 'auth', 'pgboss') and table_type = 'BASE TABLE'`.execute(engine.db)
    const left: string[] = []
    for (const { name } of tables) {
      const { rows } = await sql<{ t: string }>`select t::text as t from ${sql.raw(name)} t where t::text ilike ${`%${SECRET}%`}`.execute(engine.db)
      left.push(...rows.map((row) => `${name}: ${row.t.slice(0, 300)}`))
    }
    expect(left).toEqual([])
    expect(held.has(id)).toBe(false)
    const contents = await files.storages.of('').open(version!.id)
    await expect(new Promise((done, fail) => { contents.on('data', done).on('error', fail) })).rejects.toThrow('ENOENT')

    const after = await one(admin, 'query ($id: ID!, $order: ID!) { client(id: $id) { name note contactPoints { id } kind { key } erasedAt } order(id: $order) { number subject net { amount } lines { text } problems { text solution } client { id } } }', { id, order: order.id })
    expect(after.client).toMatchObject({ note: null, contactPoints: [], kind: { key: 'person' } })
    expect(after.client.name).toMatch(/erased/i)
    expect(after.order).toMatchObject({ number: order.number, lines: [{ text: 'Chair' }], problems: [{ text: expect.stringMatching(/erased/i) as string, solution: null }], client: { id }, subject: null })
    // The history tells that something was, and not what; nothing can be taken back.
    const { changeSets } = await one(admin, 'query ($id: ID!) { changeSets(object: "client", record: $id) { nodes { id summary } } }', { id })
    expect(changeSets.nodes.length).toBeGreaterThan(2)
    for (const set of changeSets.nodes) await crm.query(admin, 'mutation ($id: ID!) { revertChangeSet(id: $id) { reverted } }', { id: set.id })
    expect((await one(admin, 'query ($id: ID!) { clients(filter: { id: { eq: $id } }, archived: ALL) { nodes { note contactPoints { id } } } }', { id })).clients.nodes.every((n: { note: unknown, contactPoints: unknown[] }) => n.note === null && !n.contactPoints.length)).toBe(true)
    expect((await erase(admin, after.client.name)).errors).toMatchObject([{ message: 'This person was erased already.', extensions: { code: 'CONFLICT' } }])
    expect((await one(admin, '{ privacyLog(first: 1) { nodes { kind record } } }')).privacyLog.nodes).toEqual([{ kind: 'erasure', record: id }])
  })

  it('is proposed for those of whom nothing was heard, and done only where it was switched on', async () => {
    const [old, busy, fresh, edited, agreed, spoken, ordering] = [await contact({ lastName: 'Old' }), await contact({ lastName: 'Busy' }), await contact({ lastName: 'Fresh' }), await contact({ lastName: 'Edited' }), await contact({ lastName: 'Agreed' }), await contact({ lastName: 'Spoken' }), await contact({ lastName: 'Ordering' })]
    await sql`update core.contact set created_at = now() - interval '5 years', updated_at = now() - interval '5 years' where id = any(${[old, busy, edited, agreed, spoken, ordering]}::uuid[])`.execute(engine.db)
    await one(admin, 'mutation ($id: ID!) { createTimelineEntry(input: { subject: { object: "contact", id: $id }, kind: "call", direction: "in", seconds: 0 }) { id } }', { id: busy })
    await one(admin, 'mutation ($id: ID!) { updateContact(id: $id, input: { jobTitle: "Buyer" }) { id } }', { id: edited })
    await consent(agreed)
    // A call that nobody answered is a sign of life too. Two work for organisations that are in use: nobody names them there.
    const age = () => sql`update core.contact set updated_at = now() - interval '5 years' where id = any(${[spoken, ordering]}::uuid[])`.execute(engine.db)
    const [called, buying] = [await client({ name: 'Called Oy' }), await client({ name: 'Buying Oy' })]
    for (const [id, of] of [[spoken, called], [ordering, buying]] as const) await one(admin, 'mutation ($id: ID!, $of: ID!) { updateContact(id: $id, input: { clients: [{ client: $of }] }) { id } }', { id, of })
    await one(admin, 'mutation ($id: ID!) { createTimelineEntry(input: { subject: { object: "client", id: $id }, kind: "call", direction: "in", seconds: 0 }) { id } }', { id: called })
    await one(admin, 'mutation ($id: ID!) { createOrder(input: { subject: "Chairs", client: $id }) { id } }', { id: buying })
    await age()
    const set = (mode: string) => one(admin, 'mutation ($mode: RetentionMode!) { saveRetention(kind: "contact", months: 36, mode: $mode) { mode } }', { mode })
    const erasedIds = async () => (await sql<{ id: string }>`select id from core.contact where erased_at is not null`.execute(engine.db)).rows.map((r) => r.id)
    const eraser = { engine, after: async () => undefined }
    expect((await loadRetention(engine.db)).map((r) => r.mode)).toEqual(['off', 'off', 'off'])
    await keepNoLonger(eraser)
    await set('PROPOSE')
    await keepNoLonger(eraser)
    await keepNoLonger(eraser)
    expect(await erasedIds()).toEqual([])
    const proposals = async (caller: Caller) => (await one(caller, '{ retentionProposals(kind: "contact") { nodes { id title } } }')).retentionProposals.nodes
    expect(await proposals(admin)).toEqual([{ id: old, title: 'Old' }])
    // Whoever sees no calls and orders is not told that there were none.
    expect(await proposals(await crm.withRules({ capabilities: ['privacy.manage'], objects: { '*': { read: 'own' }, 'contact': { read: 'all' }, 'client': { read: 'all' } } }))).toEqual([{ id: old, title: 'Old' }])
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from core.notification where kind = 'retention' and user_id = ${admin.actor.userId}`.execute(engine.db)
    expect(rows[0]!.n).toBe(1)
    await set('ERASE')
    // Who cannot be erased holds up nobody.
    const stuck = await contact({ lastName: 'Stuck' })
    await sql`update core.contact set created_at = now() - interval '6 years', updated_at = now() - interval '6 years' where id = ${stuck}`.execute(engine.db)
    await keepNoLonger({ engine, after: async (_, __, { id }) => { if (id === stuck) throw new Error('not now') } })
    await sql`update core.contact set created_at = now() where id = ${stuck}`.execute(engine.db)
    expect(await erasedIds()).toEqual([old])
    expect(await proposals(admin)).toEqual([])
    expect(await erasedIds()).not.toContain(fresh)
    const request = async (state: string) => {
      const id = (await one(admin, 'mutation { createIntakeItem(input: { person: "Passer-by", text: "Sell me your soul" }) { id } }')).createIntakeItem.id as string
      await sql`update core.intake_item set state = ${state}, received_at = now() - interval '3 years' where id = ${id}`.execute(engine.db)
      return id
    }
    const [declined, accepted] = [await request('declined'), await request('accepted')]
    await one(admin, 'mutation { saveRetention(kind: "intakeItem", months: 12, mode: ERASE) { mode } }')
    await one(admin, 'mutation ($id: ID!) { createTimelineEntry(input: { subject: { object: "intakeItem", id: $id }, kind: "note", text: "Soul seller" }) { id } }', { id: declined })
    const { file } = await files.attach(admin, { object: 'intakeItem', id: declined }, await upload('His CV'))
    const gone: string[] = []
    await keepNoLonger({ engine, after: async (_, keys) => { gone.push(...keys) } })
    const { rows: traces } = await sql`select 1 from core.timeline_entry where text like '%Soul%' union all select 1 from core.file where id = ${file}`.execute(engine.db)
    expect(traces).toEqual([])
    expect(gone).toHaveLength(2)
    expect((await one(admin, '{ privacyLog(first: 1) { nodes { kind object record } } }')).privacyLog.nodes).toEqual([{ kind: 'erasure', object: 'intakeItem', record: declined }])
    const { rows: left } = await sql<{ id: string, person: string | null, text: string | null, heading: string | null }>`select id, person, text, heading from core.intake_item where id = any(${[declined, accepted]}::uuid[])`.execute(engine.db)
    expect(left.find((r) => r.id === declined)).toEqual({ id: declined, person: null, text: null, heading: null })
    expect(left.find((r) => r.id === accepted)).toMatchObject({ person: 'Passer-by' })
    expect((await one(admin, '{ retentionProposals(kind: "intakeItem") { nodes { id } } }')).retentionProposals.nodes).toEqual([])
    // Who stirs while others are erased, after he was listed, is kept.
    const [first, second] = [await request('declined'), await request('spam')]
    await keepNoLonger({ engine, after: async (_, __, { id }) => { if (id === first) await sql`update core.intake_item set state = 'new' where id = ${second}`.execute(engine.db) } })
    const people = [await contact({ lastName: 'Gone' }), await contact({ lastName: 'Stirs' })]
    await sql`update core.contact set created_at = now() - interval '6 years', updated_at = now() - interval '6 years' where id = any(${people}::uuid[])`.execute(engine.db)
    await keepNoLonger({ engine, after: async (_, __, { id }) => { if (id === people[0]) await sql`update core.contact set updated_at = now() where id = ${people[1]}`.execute(engine.db) } })
    const { rows: kept } = await sql<{ id: string }>`select id from core.intake_item where id = any(${[first, second]}::uuid[]) and text is not null union all select id from core.contact where id = any(${people}::uuid[]) and erased_at is null`.execute(engine.db)
    expect(kept.map((row) => row.id)).toEqual([second, people[1]])
    expect(await may(old, 'email', 'service')).toMatchObject({ may: false, reason: 'erased' })
  })
})
