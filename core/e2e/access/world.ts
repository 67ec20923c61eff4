import type { IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import type { Narrowing } from '@kartotek/sdk'
import { SYSTEM_CALLER, type Caller } from '../../src/access/caller.ts'
import type { RoleRules } from '../../src/access/roles.ts'
import { createToken } from '../../src/accounts/tokens.ts'
import { rulesOf } from '../../src/duplicates/duplicates.feature.ts'
import { objectOf, type Model } from '../../src/model/model.ts'
import { groupName } from '../../src/model/naming.ts'
import { notify } from '../../src/notifications/notify.ts'
import { writeRecords } from '../../src/records/write/batch.ts'
import { write } from '../../src/records/write/writing.ts'
import { CORE, PLANTED_APPROVAL, PLANTED_HAND_OVER, PLANTED_PAIRS, type Operations } from './operations.ts'
import { testCrm, type TestCrm } from '../../src/testing/crm.ts'

/** Whose eyes see a planted record: `M` the manager, `L` the colleague in his team, `K` who has tokens, `X` a stranger, `S` who was given a share, `*` all who see the object. */
export type Group = 'M' | 'L' | 'K' | 'X' | 'S' | '*'
export interface Planted { object: string, id: string, key: string, groups: Group[] }

/** A caller of the walk, and what the test itself says that he may see. */
export interface Person {
  name: string
  caller: Caller
  /** Of his API token, for those who call by one. */
  secret?: string
  sees(record: Planted): boolean
  /** Fields that his roles deny, as `object.key`. */
  denied: ReadonlySet<string>
}

/** Costs, which the ready roles of sellers deny, and what is derived from them. */
export const MONEY = ['product.cost', 'order.cost', 'order.margin', 'orderLine.cost', 'orderLine.costTotal', 'orderLine.margin']
/** What a role of the test denies. */
const CLOSED = [
  'client.name', 'client.taxId', 'client.territory', 'client.custom.hush', 'client.custom.hushMoney', 'client.probe.rating', 'client.owner', 'contact.birthday',
  'contactPoint.value', 'order.client', 'order.total', 'order.stage', 'orderLine.text', 'product.price', 'user.name', 'user.email',
  'xGadget.name', 'xGadget.custom.aDecimal', 'xBolt.custom.grade', 'probeNote.text', 'task.title', 'task.due', 'intakeItem.person', 'intakePoint.value', 'intakeItem.raw', 'absence.note',
]
/** What is closed with it, because it is derived from it. */
const QUEUE_RULE = 'queue-rule'
/** When the settings of intake were set, which is their version, too: `20200101000000000000`. */
const INTAKE_SETTINGS_AT = '2020-01-01T00:00:00Z'
export const DENIED = [...CLOSED, 'client.matchKey', 'contactPoint.key', 'order.closedAt', 'intakeItem.heading', 'intakePoint.key']
/** The plugin of the test, as a server finds it. */
export const PROBE = fileURLToPath(new URL('probe-plugin.ts', import.meta.url))
/** Kinds of custom fields; each is made on client (as `a…`) and on the custom object. */
const KINDS = ['text', 'longText', 'integer', 'decimal', 'money', 'boolean', 'date', 'dateTime', 'select', 'multiSelect', 'email', 'phone', 'url', 'address', 'user', 'reference', 'taxId'] as const

let counter = 0
/** A text that occurs nowhere else; its middle part is what leaks are recognised by. */
export const word = (): string => `cnryk${(counter++).toString(36).padStart(4, '0')}q`
/** Not in even steps: the mean of two would be a third. */
export const number = (): number => 7_100_000 + 37 * counter + 2 * counter++ ** 2
/** Neither a Monday nor the first of a month: those stand for their week or month in groups. */
export function day(): string {
  const date = new Date(Date.UTC(2120, 0, 1) + 86_400_000 * counter++)
  return date.getUTCDay() === 1 || date.getUTCDate() === 1 ? day() : date.toISOString().slice(0, 10)
}
export const phone = (): string => `+3584512${String(10_000 + counter++)}`
/** Finnish business ids with a right check digit. */
export function taxId(): string {
  for (;;) {
    const digits = String(1_300_000 + 13 * counter++)
    const rest = [7, 9, 10, 5, 8, 4, 2].reduce((sum, weight, i) => sum + weight * Number(digits[i]), 0) % 11
    if (rest !== 1) return `${digits}-${rest === 0 ? 0 : 11 - rest}`
  }
}
const address = () => ({ postcode: word(), country: 'FI', region: word(), city: word(), street: word(), house: word() })

/** A part of the schema that a world is made for. What is not said is as in the world of the core. */
export interface Part {
  /** Paths of plugins that run beside that of the test. */
  plugins: string[]
  /** Networks of one's own that they may call. Default: none. */
  networks?: string
  walked: Operations
  /** Type of an object of it: who does not see this one sees next to nothing. */
  main: string
  /** Fields that the role `restricted` is denied, and those that are closed with them. */
  closed: { fields: string[], derived: string[] }
  /** Rights that the roles `team_seller` and `restricted` have beside. */
  capabilities: string[]
  fieldsWithHistory: string[]
  /** Whether questions about a record are asked of it. */
  isAsked(record: Planted): boolean
  /** Plants records of one owner beside those of the core. */
  plant(planting: Planting, tag: string, owner: string, groups: Group[]): Promise<void>
  /** Plants what lies across: of one owner, for the client of another. */
  plantAcross(planting: Planting, owners: Record<'M' | 'L' | 'K' | 'X' | 'S', string>): Promise<void>
  /** Mutations that this person has no right to, though he sees what they are about. */
  tricks(world: World, person: Person): string[]
}
export interface Planting {
  crm: TestCrm
  plant(object: string, key: string, groups: Group[], input: Record<string, unknown>): Promise<string>
  update(object: string, record: string, input: Record<string, unknown>): Promise<void>
  id(key: string): string
}
/** Fields and lists that the plugins of a part add to an object of others. */
export interface Added { object: string, plural: string, names: string[] }

export interface World {
  crm: TestCrm
  /** What is walked over, and all that the schema has. */
  walked: Operations
  known: Operations[]
  main: string
  added: Added[]
  fieldsWithHistory: string[]
  isAsked(this: void, record: Planted): boolean
  tricks(this: void, person: Person): string[]
  records: Planted[]
  people: Person[]
  person(name: string): Person
  id(key: string): string
  stages: string[]
  /** Value of a field that only some may read, in the condition of a gate. */
  gateValue: string
  /** All that were made while planting. */
  changeSets: string[]
  /** Rows of the stranger's order and client, and a change set of his alone. */
  parts: { line: string, point: string }
  /** What only the administrator may use. */
  saved: Record<'view' | 'segment', string>
  foreignSet: string
  /** One more set of records of a stranger, some of them tied to what others see. No canaries: nobody looks for them. */
  plantStranger(suffix: string): Promise<void>
}

/** With a part beside the core, nothing happens in the background: what its plugins do by themselves would lie where nobody planted. */
export async function makeWorld(part?: Part): Promise<World> {
  const crm = await testCrm({ plugins: [PROBE, ...part?.plugins ?? []], work: !part, ...part?.networks && { webhooks: { networks: part.networks } } })
  const { engine } = crm.kartotek
  const records: Planted[] = []
  const admin = await crm.as('administrator')
  const id = (key: string): string => {
    const found = records.find((r) => r.key === key)
    if (!found) throw new Error(`Nothing is planted as ${key}.`)
    return found.id
  }
  const run = async (source: string, variables?: Record<string, unknown>): Promise<Record<string, { id: string }>> => {
    const { data, errors } = await crm.query(admin, source, variables)
    if (errors) throw new Error(JSON.stringify(errors))
    return data
  }
  async function plant(object: string, key: string, groups: Group[], input: Record<string, unknown>): Promise<string> {
    const record = uuidv7()
    await write(engine, SYSTEM_CALLER, { summary: `plant ${object}` }, async (w) => {
      const [result] = await writeRecords(w, objectOf(w.generation.model, object), [{ op: 'create', id: record, input }])
      if (!result!.ok) throw result!.error
    })
    records.push({ object, id: record, key, groups })
    return record
  }
  const put = (op: 'archive' | 'trash', object: string, key: string) => write(engine, SYSTEM_CALLER, {}, (w) => writeRecords(w, objectOf(w.generation.model, object), [{ op, id: id(key) }]))

  // The model: a custom object, a custom field of each kind, secret fields whose very names are secret.
  await run('mutation { createObject(input: { name: "gadget", plural: "gadgets", labels: { en: "Gadget" }, labelsPlural: { en: "Gadgets" }, contactPoints: true }) { name } }')
  const field = (object: string, input: Record<string, unknown>) => run('mutation($object: String!, $input: FieldInput!) { createField(object: $object, input: $input) { key } }', { object, input })
  for (const object of ['client', 'xGadget']) {
    for (const type of KINDS) {
      const options = type.endsWith('elect') ? ['one', 'two', 'three'].map((key) => ({ key, labels: { en: `${key} choice` } })) : undefined
      await field(object, {
        name: `a${type[0]!.toUpperCase()}${type.slice(1)}`, type, labels: { en: type }, options, filterable: true, searchable: ['text', 'email', 'phone'].includes(type),
        ...(type === 'reference' ? { to: object === 'client' ? 'xGadget' : 'product', reverse: `by${object}` } : {}),
      })
    }
  }
  await run('mutation { createObject(input: { name: "bolt", plural: "bolts", labels: { en: "Bolt" }, labelsPlural: { en: "Bolts" }, partOf: "xGadget" }) { name } }')
  for (const name of ['grade', 'maker']) await field('xBolt', { name, type: 'text', labels: { en: name }, searchable: true, filterable: true })
  await field('client', { name: 'hush', type: 'text', labels: { en: `Label ${word()}` }, help: { en: `Help ${word()}` }, searchable: true, filterable: true, unique: true })
  await field('client', { name: 'hushMoney', type: 'money', labels: { en: `Label ${word()}` } })

  const roleId = (key: string): string => engine.live.current.roles.find((r) => r.key === key)!.id
  const role = async (key: string, rules: RoleRules) => run('mutation($input: RoleInput!) { createRole(input: $input) { id } }', { input: { key, labels: { en: key }, rules } })
  const all = { read: 'all', create: 'all', update: 'all', delete: 'all' } as const
  const team = { read: 'team', create: 'team', update: 'team', delete: 'team' } as const
  await role('team_seller', { objects: { '*': team, 'product': { read: 'all' }, 'user': { read: 'all' }, 'team': { read: 'all' } }, capabilities: ['share', ...part?.capabilities ?? []] })
  await role('nothing', {})
  await role('restricted', { objects: { '*': all }, fields: Object.fromEntries([...CLOSED, ...part?.closed.fields ?? []].map((f) => [f, { read: false, write: false }])), capabilities: ['audit.read', 'changes.revert', 'import.run', 'export.run', 'share', 'duplicates.see', ...part?.capabilities ?? []] })
  await role('office', { capabilities: ['model.manage', 'pipelines.manage', 'access.manage', 'users.manage', 'settings.manage', 'plugins.manage', 'import.run', 'changes.revert', 'gates.pass', 'share'] })

  // People and teams.
  const someone = async (roleKey: string): Promise<Caller> => {
    const caller = await crm.as(roleKey)
    const name = `${word()} ${roleKey}`
    await engine.db.updateTable('core.user').set({ name, email: `${word()}@example.com`, job_title: word(), search: name }).where('id', '=', caller.actor.userId).execute()
    records.push({ object: 'user', id: caller.actor.userId!, key: `user_${roleKey}_${records.length}`, groups: ['*'] })
    return { ...caller, actor: { ...caller.actor, name } }
  }
  const M = await someone('manager')
  const L = await someone('manager')
  const X = await someone('manager')
  const lead = await someone('team_seller')
  const sharee = await someone('manager')
  // Has two roles: one that sees his own records only, one that sees all and closes fields. A token may have either of them.
  const K = await someone('manager')
  await engine.db.insertInto('core.user_role').values({ user_id: K.actor.userId, role_id: roleId('restricted') }).execute()
  const owners = { M: M.actor.userId!, L: L.actor.userId!, K: K.actor.userId!, X: X.actor.userId!, S: X.actor.userId! }
  const T1 = await plant('team', 'team_1', ['*'], { name: word(), note: word() })
  const T2 = await plant('team', 'team_2', ['*'], { name: word(), note: word() })
  for (const [teamId, user] of [[T1, owners.L], [T1, lead.actor.userId], [T2, owners.X]]) await engine.db.insertInto('core.team_member').values({ team_id: teamId, user_id: user }).execute()

  const product = await plant('product', 'product', ['*'], {
    name: word(), code: word(), category: word(), unit: word(), price: { amount: String(number()), currency: 'EUR' }, cost: { amount: String(number()), currency: 'EUR' }, taxRate: '24', description: word(),
  })

  const custom = (owner: string, reference: string | null): Record<string, unknown> => ({
    aText: word(), aLongText: word(), aInteger: number(), aDecimal: `${number()}.25`, aMoney: { amount: `${number()}.75`, currency: 'EUR' }, aBoolean: true, aDate: day(), aDateTime: `${day()}T10:20:30Z`,
    aSelect: 'two', aMultiSelect: ['one', 'three'], aEmail: `${word()}@example.com`, aPhone: phone(), aUrl: `https://${word()}.example.com`, aAddress: address(), aUser: owner, aReference: reference, aTaxId: { value: taxId(), country: 'FI' },
  })
  const clientInput = (owner: string, gadget: string | null): Record<string, unknown> => ({
    owner, name: word(), code: word(), industry: word(), source: word(), territory: word(), enteredOn: day(), legalName: word(), taxId: { value: taxId(), country: 'FI' }, registrationNumber: word(),
    branchCode: word(), creditLimit: { amount: String(number()), currency: 'EUR' }, preferredTime: word(), preferredChannel: 'post', note: word(),
    contactPoints: [{ kind: 'telegram', value: word(), label: word() }, { kind: 'email', value: `${word()}@example.com` }, { kind: 'phone', value: phone() }],
    addresses: [{ kind: 'legal', address: address() }], bankAccounts: [{ account: word(), bank: word(), bic: word(), correspondentAccount: word() }],
    custom: { ...custom(owner, gadget), hush: word(), hushMoney: { amount: String(number()), currency: 'EUR' } }, probe: { rating: number() },
  })
  const contactInput = (owner: string, clients: string[]): Record<string, unknown> => ({
    owner, name: word(), lastName: word(), firstName: word(), middleName: word(), jobTitle: word(), birthday: day(), hobbies: word(), preferredChannel: 'sms', note: word(),
    clients: clients.map((client) => ({ client, role: word() })), contactPoints: [{ kind: 'telegram', value: word() }],
  })
  const orderInput = (owner: string, client: string, contact: string): Record<string, unknown> => ({
    owner, number: word(), subject: word(), client, contact, orderedOn: day(), dueOn: day(), source: word(), deliveryAddress: address(), comment: word(), currency: 'EUR',
    lines: [{ product, text: word(), quantity: '1', unit: word(), price: { amount: String(number()), currency: 'EUR' }, cost: { amount: String(number()), currency: 'EUR' }, taxRate: '10' }],
    problems: [{ text: word(), happenedOn: day(), responsible: owner, solution: word() }],
  })
  const taskInput = (owner: string, client: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    owner, title: word(), text: word(), place: word(), result: word(), due: `${day()}T08:00:00Z`, subject: { object: 'client', id: client }, checklist: [{ text: word() }], reminders: [{ minutesBefore: 30 }], ...more,
  })
  const requestInput = (owner: string | null, client: string | null, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    owner, channel: 'form', source: word(), externalId: word(), person: word(), company: word(), text: word(), region: word(), amount: { amount: String(number()), currency: 'EUR' }, page: `https://${word()}.example.com`,
    utmCampaign: word(), raw: word(), client, declineNote: word(), points: [{ kind: 'telegram', value: word() }], values: [{ name: word(), value: word() }], distributedAt: '2020-01-01T00:00:00Z', ...more,
  })
  async function plantFor(tag: string, owner: string, groups: Group[]): Promise<void> {
    const gadget = await plant('xGadget', `gadget_${tag}`, groups, { owner, name: word(), contactPoints: [{ kind: 'telegram', value: word() }], xBolts: [{ name: word(), custom: { grade: word(), maker: word() } }], custom: custom(owner, product) })
    const client = await plant('client', `client_${tag}`, groups, clientInput(owner, gadget))
    const contact = await plant('contact', `contact_${tag}`, groups, contactInput(owner, [client]))
    const order = await plant('order', `order_${tag}`, groups, orderInput(owner, client, contact))
    await plant('timelineEntry', `entry_${tag}`, groups, { owner, subject: { object: 'client', id: client }, kind: 'comment', heading: word(), text: word(), mentions: [{ user: owner }] })
    await plant('consent', `consent_${tag}`, groups, { subject: { object: 'client', id: client }, purpose: 'marketing', channel: 'email', state: 'given', source: word() })
    await plant('file', `file_${tag}`, groups, { owner, subject: { object: 'order', id: order }, name: word(), url: `https://${word()}.example.com`, note: word() })
    await plant('probeNote', `note_${tag}`, groups, { owner, text: word(), client })
    await plant('task', `task_${tag}`, groups, taskInput(owner, client, { participants: [{ user: owner }, { contact }] }))
    await plant('absence', `absence_${tag}`, groups, { owner, firstDay: day(), lastDay: '2190-01-01', kind: 'illness', note: word() })
    await plant('intakeItem', `request_${tag}`, groups, requestInput(owner, client))
    await plant('client', `archived_${tag}`, groups, clientInput(owner, gadget))
    await put('archive', 'client', `archived_${tag}`)
    await plant('order', `trashed_${tag}`, groups, orderInput(owner, client, contact))
    await put('trash', 'order', `trashed_${tag}`)
  }
  await plantFor('M', owners.M, ['M'])
  await plantFor('L', owners.L, ['L'])
  await plantFor('K', owners.K, ['K'])
  await plantFor('X', owners.X, ['X'])
  // Shared with one person: the client, and by `accessFrom` what hangs on it.
  const shared = await plant('client', 'client_S', ['S', 'X'], clientInput(owners.S, id('gadget_X')))
  await plant('contact', 'contact_S', ['S', 'X'], contactInput(owners.S, [shared]))
  await plant('order', 'order_S', ['S', 'X'], orderInput(owners.S, shared, id('contact_X')))
  // Across: an order of the manager for a client that he does not see, and the other way round.
  await plant('order', 'order_M_of_X', ['M', 'X'], orderInput(owners.M, id('client_X'), id('contact_X')))
  await plant('order', 'order_X_of_M', ['M', 'X'], orderInput(owners.X, id('client_M'), id('contact_X')))
  await plant('contact', 'contact_X_of_M', ['M', 'X'], contactInput(owners.X, [id('client_M'), id('client_X')]))
  await plant('intakeItem', 'request_X_of_M', ['M', 'X'], requestInput(owners.X, id('client_M')))
  // Offered to whom its rule names, and to nobody else when offers are looked at anew.
  const rule = { id: QUEUE_RULE, name: 'Queue', active: false, condition: null, strategy: 'queue', pool: [{ user: owners.M, weight: 1, cap: null }], atWork: false, answerMinutes: null, late: 'next' }
  await sql`insert into core.setting (key, value, updated_at) values ('intake', ${JSON.stringify({ rules: [rule] })}::jsonb, ${INTAKE_SETTINGS_AT})`.execute(engine.db)
  await plant('intakeItem', 'request_queue', ['M'], requestInput(null, null, { offers: [{ user: owners.M }], rule: QUEUE_RULE }))
  await plant('task', 'task_S', ['S', 'X'], taskInput(owners.S, shared))
  await plant('task', 'task_X_of_M', ['M', 'X'], taskInput(owners.X, id('client_M')))
  await plant('task', 'task_X_watched', ['M', 'X'], taskInput(owners.X, id('client_X'), { watchers: [{ user: owners.M }] }))
  await plant('task', 'task_X_met', ['M', 'X'], taskInput(owners.X, id('client_X'), { kind: 'meeting', participants: [{ user: owners.M }] }))
  await sql`insert into core.share (object, record_id, user_id, level, shared_by) values ('client', ${shared}, ${sharee.actor.userId}, 'read', ${owners.X})`.execute(engine.db)

  // Duplicates of what different people see, a hand-over of all, and a substitution that is over.
  // What planting set off is done first, and no scan comes after: keys are planted without values that would tell them.
  await crm.drain()
  const { signature } = await rulesOf({ engine: () => engine, settings: crm.kartotek.settings, home: () => engine.live.current.company })
  for (const object of ['client', 'contact']) await sql`insert into core.duplicate_scan (object, settings, finished_at) values (${object}, ${signature}, now())
    on conflict (object) do update set settings = excluded.settings, finished_at = now()`.execute(engine.db)
  const alike = ['client_M', 'client_X', 'client_L', 'client_S', 'client_K']
  for (const key of alike) await sql`insert into core.match_key (object, kind, key, record_id) values ('client', 'phone', '+358401112222', ${id(key)})`.execute(engine.db)
  for (const key of ['contact_M', 'contact_X']) await sql`insert into core.match_key (object, kind, key, record_id) values ('contact', 'phone', '+358401112222', ${id(key)})`.execute(engine.db)
  for (const [i, pair] of PLANTED_PAIRS.entries()) {
    await sql`insert into core.duplicate_pair (id, object, first_id, second_id, strength, kinds, reasons) values (${pair}, 'client', least(${id('client_X')}::uuid, ${id(alike.filter((key) => key !== 'client_X')[i]!)}::uuid),
      greatest(${id('client_X')}::uuid, ${id(alike.filter((key) => key !== 'client_X')[i]!)}::uuid), 3, '{phone}', ${JSON.stringify([{ kind: 'phone', key: phone(), details: [null, null] }])})`.execute(engine.db)
  }
  await sql`insert into core.hand_over (id, from_id, rule, state, total, created_by, finished_at) values (${PLANTED_HAND_OVER}, ${owners.X}, '{}', 'done', 2, ${admin.actor.userId}, now())`.execute(engine.db)
  await sql`insert into core.hand_over_item (hand_over_id, position, object, record_id, to_id, state, message) values (${PLANTED_HAND_OVER}, 0, 'client', ${id('client_X')}, ${owners.X}, 'left', 'kept'), (${PLANTED_HAND_OVER}, 1, 'order', ${id('order_X')}, ${owners.X}, 'moved', null)`.execute(engine.db)
  await sql`insert into core.substitution (id, absent_id, substitute_id, from_at, until_at, note) values (gen_random_uuid(), ${owners.X}, ${owners.M}, now() - interval '2 days', now() - interval '1 day', 'over')`.execute(engine.db)

  // History: owners and territories that changed, a stage move, one set over records of two owners.
  const change = (caller: Caller, object: string, items: { key: string, input: Record<string, unknown> }[], summary?: string) => write(engine, caller, { summary, passGates: caller === SYSTEM_CALLER }, async (w) => {
    for (const r of await writeRecords(w, objectOf(w.generation.model, object), items.map(({ key, input }) => ({ op: 'update', id: id(key), input })))) if (!r.ok) throw r.error
  })
  const gateValue = word()
  await run('mutation($input: PipelineInput!) { createPipeline(input: $input) { id } }', { input: { object: 'order', key: 'gated', labels: { en: 'Gated' }, stages: [
    { key: 'open', labels: { en: 'Open' }, kind: 'OPEN' },
    { key: 'won', labels: { en: 'Won' }, kind: 'WON', gate: { requiredFields: ['cost', 'total', 'problems'], condition: { client: { territory: { eq: gateValue } } } } },
  ] } })
  const stages = engine.live.current.pipelines.filter((p) => p.object === 'order').sort((a, b) => Number(b.isDefault) - Number(a.isDefault)).flatMap((p) => p.stages.map((s) => s.id))
  for (const [tag, caller] of [['M', M], ['X', X]] as const) {
    await change(caller, 'client', [{ key: `client_${tag}`, input: { territory: word(), note: word(), name: word(), contactPoints: [{ kind: 'telegram', value: word() }] } }])
    await change(SYSTEM_CALLER, 'client', [{ key: `client_${tag}`, input: { owner: owners.L } }])
    await change(SYSTEM_CALLER, 'client', [{ key: `client_${tag}`, input: { owner: owners[tag] } }])
    await change(SYSTEM_CALLER, 'order', [{ key: `order_${tag}`, input: { stage: stages[1] } }])
  }
  await change(SYSTEM_CALLER, 'client', ['client_M', 'client_X', 'client_L'].map((key) => ({ key, input: { territory: word(), taxId: { value: taxId(), country: 'FI' } } })), 'spring cleaning')
  await change(SYSTEM_CALLER, 'order', [{ key: 'order_M_of_X', input: { lines: [{ text: word(), quantity: '1', price: { amount: String(number()) }, cost: { amount: String(number()) } }] } }])

  // A stranger waits for approval, with words of his own record in the note; the manager waits for his.
  for (const [request, tag] of [[PLANTED_APPROVAL, 'X'], [uuidv7(), 'M']] as const) await sql`insert into core.stage_approval (id, object, record_id, stage_id, from_stage_id, entered_at, gate, missing, note, asked_by, asked_at, change_set_id)
    select ${request}::uuid, 'order', id, ${stages[2]}::uuid, stage_id, stage_entered_at, '', '[{"rule": "required", "field": "cost"}, {"rule": "condition"}]', subject, owner_id, now(), gen_random_uuid() from core."order" where id = ${id(`order_${tag}`)}`.execute(engine.db)

  const rowOf = async (table: string, column: string, key: string): Promise<string> => {
    const { rows } = await sql<{ id: string }>`select id from core.${sql.id(table)} where ${sql.id(column)} = ${id(key)} limit 1`.execute(engine.db)
    return rows[0]!.id
  }
  const { rows: [foreign] } = await sql<{ id: string }>`select change_set_id as id from core.change where root_id = ${id('client_X')} and action = 'update' order by id limit 1`.execute(engine.db)

  const planting: Planting = { crm, plant, id, async update(object, record, input) { await write(engine, SYSTEM_CALLER, {}, (w) => writeRecords(w, objectOf(w.generation.model, object), [{ op: 'update', id: record, input }])) } }
  const { rows: core } = await sql<{ id: string }>`select id from core.change_set`.execute(engine.db)
  for (const tag of ['M', 'L', 'K', 'X'] as const) await part?.plant(planting, tag, owners[tag], [tag])
  await part?.plantAcross(planting, owners)

  const everything = (): boolean => true
  const person = (name: string, caller: Caller, sees: Person['sees'], denied: string[] = []): Person => ({ name, caller, sees, denied: new Set(denied) })
  const group = (g: Group): Person['sees'] => (r) => r.groups.includes(g) || r.groups.includes('*')
  const actor = (caller: Caller, more: Partial<Caller['actor']>): Caller => ({ ...caller, actor: { ...caller.actor, ...more } })
  /** As somebody who comes with a token of these roles. */
  const byToken = async (name: string, roles: string[], sees: Person['sees'], denied: string[], narrowedTo?: Narrowing): Promise<Person> => {
    const { secret } = await createToken(crm.kartotek.db.pool, { userId: owners.K, name, roleIds: roles.map(roleId), narrowedTo }, 'en')
    const caller = await crm.kartotek.accounts.authenticate({ headers: { authorization: `Bearer ${secret}` }, socket: {} } as IncomingMessage)
    return { ...person(name, caller!, sees, denied), secret }
  }
  const denied = [...DENIED, ...part ? [...part.closed.fields, ...part.closed.derived] : []]
  const people = [
    person('administrator', admin, everything),
    person('head_of_sales', await someone('head_of_sales'), everything),
    person('manager', M, group('M'), MONEY),
    person('team', actor(lead, { teamIds: [T1] }), group('L')),
    person('sharee', actor(sharee, { hasShares: true }), group('S'), MONEY),
    person('accountant', await someone('accountant'), everything),
    person('read_only', await someone('read_only'), everything, MONEY),
    person('nothing', await someone('nothing'), () => false),
    person('restricted', await someone('restricted'), everything, denied),
    person('office', await someone('office'), () => false),
    person('plugin', { origin: 'plugin', actor: { kind: 'plugin', id: 'probe', userId: null, name: 'Probe', locale: 'en', roleIds: [], teamIds: [], hasShares: false } }, (r) => r.object === 'client' || r.object === 'probeNote'),
    // What the role that the token leaves out closes stays closed.
    await byToken('token', ['manager'], group('K'), [...MONEY, ...denied]),
    await byToken('wide_token', ['restricted'], everything, [...MONEY, ...denied]),
    await byToken('narrowed_token', ['restricted'], (r) => ['client', 'product', 'xGadget'].includes(r.object), [...MONEY, ...denied], { objects: { client: ['read', 'update'], product: ['read'], xGadget: ['read'] } }),
  ]
  // Of every record everybody is told: he may hear of those that he sees. And shared conditions over what some may not read.
  for (const { caller } of people) {
    const mine = records.filter((r) => r.groups[0] !== '*').slice(0, 90)
    if (caller.actor.userId) await notify(engine.db, mine.map((r) => ({ key: `planted:${r.id}`, to: [caller.actor.userId!], kind: 'stuckOrder', subject: { object: r.object, id: r.id }, params: { by: owners.X } })))
  }
  const save = async (field: string, input: string): Promise<string> => ((await run(`mutation { ${field}(object: "client", input: ${input}) { id } }`))[field] as { id: string }).id
  const saved = {
    view: await save('createSavedView', `{ name: "Private", filter: { territory: { eq: "${gateValue}" } } }`),
    segment: await save('createSegment', `{ name: "Private", filter: { territory: { eq: "${gateValue}" } } }`),
  }
  const everybody = 'sharing: { everybody: true }'
  const shared1 = await save('createSegment', `{ name: "By territory", filter: { territory: { eq: "${gateValue}" } }, ${everybody} }`)
  await save('createSegment', `{ name: "Of segments", filter: { or: [{ inSegment: ["${shared1}"] }, { name: { isNull: false } }] }, ${everybody} }`)
  await save('createSegment', `{ name: "By margin", filter: { orders: { sum: [{ field: "margin", gt: "1" }] } }, ${everybody} }`)
  await save('createSavedView', `{ name: "Hush", columns: ["name", "custom.hush", "custom.hushMoney"], orderBy: [{ field: "custom.hush" }], groupBy: "custom.hush", ${everybody} }`)
  await save('createSavedView', `{ name: "Territory", filter: { and: [{ territory: { eq: "${gateValue}" } }, { custom: { hush: { isNull: false } } }] }, ${everybody} }`)
  // Of a part only what it planted itself.
  const before = new Set(part ? core.map((set) => set.id) : [])
  const world: World = {
    walked: part?.walked ?? CORE, known: [CORE, ...part ? [part.walked] : []], main: part?.main ?? 'Client', added: part ? addedTo(engine.live.current.model, part.walked) : [],
    fieldsWithHistory: part?.fieldsWithHistory ?? ['owner', 'territory', 'name'], isAsked: part?.isAsked ?? (({ object }) => !['user', 'team'].includes(object)),
    tricks: (who) => part?.tricks(world, who) ?? [],
    saved, crm, records, people, id, stages, gateValue, changeSets: (await engine.db.selectFrom('core.change_set').select('id').execute()).map((r) => r.id as string).filter((set) => !before.has(set)), foreignSet: foreign!.id, parts: { line: await rowOf('order_line', 'order_id', 'order_X'), point: await rowOf('contact_point', 'client_id', 'client_X') },
    person: (name) => people.find((p) => p.name === name)!,
    async plantStranger(suffix) {
      const planted = records.length
      await plantFor(`X${suffix}`, owners.X, ['X'])
      await part?.plant(planting, `X${suffix}`, owners.X, ['X'])
      for (const tag of ['M', 'L', 'K']) await plant('client', `client_X${suffix}_${tag}`, ['X'], clientInput(owners.X, id(`gadget_${tag}`)))
      records.length = planted
      // What it sets off is done before anybody compares the database.
      if (!part) await crm.drain()
    },
  }
  return world
}

/** What the objects of a part, and fields of their plugins, add to the objects of others. */
function addedTo(model: Model, { objects }: Operations): Added[] {
  const plugins = new Set(Object.keys(objects).map((name) => objectOf(model, name).plugin))
  return [...model.objects.values()].filter(({ name }) => !(name in objects)).flatMap((object) => {
    const groups = object.fields.filter((f) => plugins.has(f.group)).map((f) => groupName(f.group))
    const names = [...new Set([...groups, ...object.lists.filter((list) => list.object in objects).map((list) => list.name)])]
    return names.length ? [{ object: object.name, plural: object.plural, names }] : []
  })
}
