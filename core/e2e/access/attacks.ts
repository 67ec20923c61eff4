import { getNamedType, isLeafType, type GraphQLSchema } from 'graphql'
import { sql } from 'kysely'
import { objectOf } from '../../src/model/model.ts'
import type { Samples } from './operations.ts'
import type { Person, Planted, World } from './world.ts'

/** Mutations that this person has no right to. `bulk` ones answer with a result for each record instead of an error. */
export interface AttackDocument { source: string, kind: 'refused' | 'bulk' | 'revert' }

/** Who may write nothing at all, and what the others may not write although they see it. */
const READERS = new Set(['read_only', 'nothing', 'office', 'sharee'])
/** What the manager sees because he watches it, takes part, or may take it from the queue. */
const NAMED = new Set(['task_X_watched', 'task_X_met', 'request_queue'])
const mayNotWrite = (person: Person, record: Planted): boolean => !person.sees(record)
  || (READERS.has(person.name) && record.id !== person.caller.actor.userId)
  || (person.name === 'manager' && NAMED.has(record.key))
  || (person.name === 'accountant' && !['client', 'order'].includes(record.object))
  || (person.name === 'plugin' && record.object !== 'probeNote')
  || (!['administrator', 'restricted', 'wide_token'].includes(person.name) && ['user', 'team'].includes(record.object))
const pascal = (name: string): string => name[0]!.toUpperCase() + name.slice(1)

export function attacks(world: World, person: Person, full: GraphQLSchema): AttackDocument[] {
  const result: AttackDocument[] = []
  const refused = (field: string): void => { result.push({ source: `mutation { ${field} }`, kind: 'refused' }) }
  for (const [name, { plural, part, target }] of Object.entries(world.walked.objects)) {
    if (part) continue
    const victims = world.records.filter((r) => r.object === name && mayNotWrite(person, r))
    const input = `{ ${target}: "overwritten" }`
    for (const { id } of [victims[0], victims.at(-1)].filter((v) => v !== undefined)) {
      refused(`update${pascal(name)}(id: "${id}", input: ${input}) { id version }`)
      for (const verb of ['archive', 'restore', 'delete']) refused(`${verb}${pascal(name)}(id: "${id}") { id }`)
    }
    if (victims.length) {
      const ids = victims.slice(0, 5).map((v) => `"${v.id}"`).join(' ')
      for (const verb of ['archive', 'restore', 'delete']) result.push({ source: `mutation { ${verb}${pascal(plural)}(ids: [${ids}]) { succeeded results { ok id error { code message fields missing } } } }`, kind: 'bulk' })
      const items = victims.slice(0, 5).map((v) => `{ id: "${v.id}", version: 1, input: ${input} }`).join(' ')
      result.push({ source: `mutation { update${pascal(plural)}(items: [${items}]) { succeeded results { ok id error { code message fields missing current } } } }`, kind: 'bulk' })
      result.push({ source: `mutation { update${pascal(plural)}(ids: [${ids}], input: ${input}) { succeeded results { ok id error { code message fields missing } } } }`, kind: 'bulk' })
    }
    if (READERS.has(person.name) && person.name !== 'sharee') {
      refused(`create${pascal(name)}(input: { ${target}: "planted" }) { id }`)
      result.push({ source: `mutation { create${pascal(plural)}(inputs: [{ ${target}: "planted" }]) { succeeded results { ok } } }`, kind: 'bulk' })
    }
  }
  for (const [name, attack] of Object.entries(world.walked.mutations)) {
    if ('own' in attack) continue
    const hiddenFrom = (object: string): Planted | undefined => world.records.find((r) => r.object === object && !person.sees(r))
    if ('needs' in attack ? has(world, person, attack.needs) : !hiddenFrom('client')) continue
    const isBulk = 'bulk' in attack
    const body = isBulk ? '{ succeeded results { ok id error { code message fields missing } } }' : RETURNS[name] ?? (isLeafType(getNamedType(full.getMutationType()!.getFields()[name]!.type)) ? '' : '{ __typename }')
    result.push({ source: `mutation { ${name}${attack.args(samples(world, hiddenFrom))} ${body} }`, kind: name === 'revertChangeSet' ? 'revert' : isBulk ? 'bulk' : 'refused' })
  }
  return [...result, ...[...ownTricks(world, person), ...world.tricks(person)].map((source): AttackDocument => ({ source, kind: 'refused' }))]
}

const RETURNS: Record<string, string> = {
  planFieldChange: '{ failing rows { id title value } }', revertChangeSet: '{ reverted kept { object record reason fields message } }',
}

/** With what he has, at what he has not: a manager and his colleague in a team. */
function ownTricks(world: World, person: Person): string[] {
  const { id } = world
  if (person.name === 'restricted' || person.name === 'wide_token') {
    const client = id('client_X')
    return [
      `mutation { updateClient(id: "${client}", input: { taxId: { value: "x" } }) { id } }`, `mutation { updateClient(id: "${client}", input: { custom: { hush: "x" } }) { id } }`,
      `mutation { updateClient(id: "${client}", input: { name: "x" }) { id } }`, `mutation { updateClient(id: "${client}", input: { owner: "${id('client_X')}" }) { id } }`,
      `mutation { updateOrder(id: "${id('order_X')}", input: { stage: "${world.stages[2]}" }) { id } }`, `mutation { updateOrder(id: "${id('order_X')}", input: { lines: [{ text: "x", price: { amount: "1" } }] }) { id } }`,
    ]
  }
  const mine = ({ manager: 'M', token: 'K', team: 'L' } as const)[person.name] ?? null
  if (!mine) return []
  const theirs = 'X'
  const other = world.records.find((r) => r.object === 'user' && r.id !== person.caller.actor.userId)!.id
  return [
    // references to what he does not see
    `mutation { createOrder(input: { subject: "x", client: "${id(`client_${theirs}`)}" }) { id } }`,
    `mutation { createOrder(input: { subject: "x", contact: "${id('contact_S')}" }) { id } }`,
    `mutation { updateOrder(id: "${id(`order_${mine}`)}", input: { client: "${id(`client_${theirs}`)}" }) { id } }`,
    `mutation { createContact(input: { name: "x", clients: [{ client: "${id(`client_${theirs}`)}" }] }) { id } }`,
    `mutation { createProbeNote(input: { text: "x", client: "${id(`client_${theirs}`)}" }) { id } }`,
    `mutation { updateClient(id: "${id(`client_${mine}`)}", input: { custom: { aReference: "${id(`gadget_${theirs}`)}" } }) { id } }`,
    // rows of another whole, and a whole given by hand
    `mutation { updateOrder(id: "${id(`order_${mine}`)}", input: { lines: [{ id: "${world.parts.line}", text: "x" }] }) { id } }`,
    `mutation { updateClient(id: "${id(`client_${mine}`)}", input: { contactPoints: [{ id: "${world.parts.point}", value: "x" }] }) { id } }`,
    // in the name of somebody else
    `mutation { createClient(input: { name: "x", owner: "${other}" }) { id } }`,
    ...(mine === 'M' ? [
      // what he sees by way of the client he may change, not take over
      `mutation { updateOrder(id: "${id('order_X_of_M')}", input: { owner: "${person.caller.actor.userId}" }) { id } }`,
      `mutation { deleteOrder(id: "${id('order_X_of_M')}") { id } }`,
    ] : []),
  ]
}

function has(world: World, person: Person, capability: string): boolean {
  const { roles } = world.crm.kartotek.engine.live.current
  return roles.some((r) => person.caller.actor.roleIds.includes(r.id) && (r.rules.everything || r.rules.capabilities?.includes(capability)))
}

function samples(world: World, hidden: (object: string) => Planted | undefined): Samples {
  const { roles, pipelines } = world.crm.kartotek.engine.live.current
  const user = world.records.find((r) => r.object === 'user')!.id
  return {
    record: (object) => hidden(object)?.id ?? world.id('client_X'), saved: (table) => world.saved[table], set: () => world.foreignSet, user: () => user, team: () => world.id('team_1'),
    role: () => roles.find((r) => r.key === 'nothing')!.id, pipeline: () => pipelines[0]!.id, unknown: '01900000-0000-7000-8000-000000000000',
  }
}

/** What the operations may write without harm: notes of refusals, use of sessions; and what background work notes of itself at its own time. */
const UNCOUNTED = ['access_log', 'contact_key_rules', 'idempotency', 'event', 'event_delivery', 'node', 'notification', 'notification_delivery', 'notification_watch', 'plugin_fetch', 'plugin_run', 'plugin_log']

/** One line for each table of the company's data: equal lines, equal content. */
export async function checksums(world: World): Promise<string[]> {
  const { db, live } = world.crm.kartotek.engine
  objectOf(live.current.model, 'client')
  const { rows: tables } = await sql<{ s: string, t: string }>`select table_schema as s, table_name as t from information_schema.tables
    where (table_schema in ('core', 'auth') or starts_with(table_schema, 'p_')) and table_type = 'BASE TABLE' order by 1, 2`.execute(db)
  const parts = tables.filter(({ t }) => !UNCOUNTED.includes(t)).map(({ s, t }) => sql`select ${`${s}.${t}`} as name, (select md5(coalesce(string_agg(x::text, '|' order by x::text), '')) from ${sql.table(`${s}.${t}`)} x) as sum`)
  const { rows } = await sql<{ name: string, sum: string }>`${sql.join(parts, sql` union all `)}`.execute(db)
  return rows.map((r) => `${r.name} ${r.sum}`)
}
