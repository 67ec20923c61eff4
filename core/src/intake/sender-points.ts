import { sql } from 'kysely'
import { visibleTitles } from '../changes/changes.ts'
import { normaliseContactPoint } from '../clients/contact-points.ts'
import { keysOf, type MatchRules } from '../duplicates/keys.ts'
import { KINDS, type KeyKind } from '../duplicates/kinds.ts'
import { columnOf, objectOf } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { rightsOn } from '../records/write/load.ts'
import { withSystemEyes } from '../records/write/system-eyes.ts'
import type { Writing } from '../records/write/writing.ts'
import { put, senderOf, type ItemRow } from './item.ts'
import { holdersOf, type PointHolder } from './recognise.ts'

interface Point { kind: string, value: string, key: string }
interface Named { id: string, title: string }

/** A number or address of the sender that was not kept, and why: it is another's, or who accepts may not write it. */
export interface PointLeft { kind: string, value: string, reason: 'elsewhere' | 'rights', client: Named | null, contact: Named | null }

/** Of the numbers and addresses of a sender: those that nobody has, and those that somebody else has. */
export interface SenderPoints { free: Point[], left: PointLeft[] }

/** To whom the request goes: records that are there already, null for what is new or nothing. */
interface Whose { client: string | null, contact: string | null }

/**
 * The numbers and addresses by which the sender is known the next time, without those of the client or contact himself, of
 * others and of ourselves. `anyway`: somebody has said that they are his, whoever else has them. Who may not read them has none.
 */
export async function senderPoints(engine: Engine, w: Writing, row: ItemRow, whose: Whose, anyway: boolean): Promise<SenderPoints> {
  if (!may(w, 'intakePoint', 'canRead', 'kind', 'value', 'key')) return { free: [], left: [] }
  const rules = await engine.matchRules(w.db)
  const kinds = objectOf(w.generation.model, 'contactPoint').byKey.get('kind')!.options!
  const came = (await senderOf(w.db, row)).points.filter((point): point is Point => point.key !== null && !isOurs(point, rules))
    // Whatever may come in, a client has it at least as something else.
    .map((point) => (kinds.some((kind) => kind.key === point.kind) ? point : { ...point, kind: 'other' }))
  const known = await ownPoints(w, whose)
  const missing = [...Map.groupBy(came.filter((point) => !known.has(nameOf(point))), nameOf).values()].map((same) => same[0]!)
  if (!missing.length) return { free: [], left: [] }
  if (!may(w, 'contactPoint', 'canRead', 'kind', 'value', 'key') || !may(w, 'contactPoint', 'canWrite', 'kind', 'value')) return { free: [], left: missing.map(refused) }
  return anyway ? { free: missing, left: [] } : withoutOthers(engine, w, missing, whose)
}

/** Writes them to a record that is there, with the rights of who accepts; what these do not allow is told. */
export async function addPoints(w: Writing, object: 'client' | 'contact', id: string, { free, left }: SenderPoints): Promise<SenderPoints> {
  if (!free.length) return { free, left }
  const model = objectOf(w.generation.model, object)
  const list = model.lists.find((one) => one.part && one.object === 'contactPoint')!
  // The list is written as a whole: nobody may add to it meanwhile.
  await sql`select 1 from ${sql.table(`core.${model.table}`)} where id = ${id} for update`.execute(w.db)
  if (!w.access.canList(list) || !(await rightsOn(w, model, [id])).get(id)?.update) return { free: [], left: [...left, ...free.map(refused)] }
  const points = objectOf(w.generation.model, 'contactPoint')
  const { rows } = await sql<{ id: string }>`select id from core.contact_point where ${sql.id(columnOf(points.byKey.get(list.field)!))} = ${id} order by position`.execute(w.db)
  await put(w, object, { op: 'update', id, input: { [list.name]: [...rows.map((one) => ({ id: one.id })), ...asInput(free)] } })
  return { free, left }
}

/** The values of a new record, with those numbers and addresses that they have not. */
export function withPoints(w: Writing, values: Record<string, unknown>, { free }: SenderPoints): Record<string, unknown> {
  const given = Array.isArray(values.contactPoints) ? values.contactPoints as Partial<Point>[] : []
  const has = new Set(given.map(({ kind = 'phone', value = '' }) => nameOf({ kind, key: normaliseContactPoint(kind, value, w.generation.company).key ?? '' })))
  const more = free.filter((point) => !has.has(nameOf(point)))
  return more.length ? { ...values, contactPoints: [...given, ...asInput(more)] } : values
}

const asInput = (points: readonly Point[]): { kind: string, value: string }[] => points.map(({ kind, value }) => ({ kind, value }))
const nameOf = ({ kind, key }: Pick<Point, 'kind' | 'key'>): string => `${kind} ${key}`
const refused = ({ kind, value }: Point): PointLeft => ({ kind, value, reason: 'rights', client: null, contact: null })

function may(w: Writing, object: string, right: 'canRead' | 'canWrite', ...keys: string[]): boolean {
  const { byKey } = objectOf(w.generation.model, object)
  return keys.every((key) => w.access[right](byKey.get(key)!))
}

/** Numbers of our own, and those for everybody, are nobody's of whom we hear. */
function isOurs({ kind, value }: Pick<Point, 'kind' | 'value'>, rules: MatchRules): boolean {
  const all = { ...rules, kinds: new Set(Object.keys(KINDS) as KeyKind[]) }
  const keys = (of: MatchRules): number => keysOf({ object: 'contact', points: [{ kind, value }], accounts: [], clients: [] }, of).length
  return !keys(all) && keys({ ...all, own: new Set() }) > 0
}

/** What the client or contact has already; where no contact is chosen, what the client's people have, too. */
async function ownPoints(w: Writing, { client, contact }: Whose): Promise<Set<string>> {
  const { rows } = await sql<{ kind: string, key: string }>`select kind, key from core.contact_point where key is not null and (client_id = ${client} or contact_id = ${contact}
    or (${contact}::uuid is null and contact_id in (select contact_id from core.client_contact where client_id = ${client})))`.execute(w.db)
  return new Set(rows.map(nameOf))
}

/** Of another whom he does not see he learns only by the right to learn of duplicates; without it they are added, as by hand. */
async function withoutOthers(engine: Engine, w: Writing, missing: readonly Point[], { client, contact }: Whose): Promise<SenderPoints> {
  const { rows: at } = contact ? await sql<{ id: string }>`select client_id as id from core.client_contact where contact_id = ${contact}`.execute(w.db) : { rows: [] }
  const mine = new Set([client, contact, ...at.map((one) => one.id)])
  const others = (await holdersOf(engine, withSystemEyes(w), missing)).filter((one) => ![one.client, one.contact].some((id) => id && mine.has(id)))
  const titles = await visibleTitles(w, others.flatMap((one) => [...(one.client ? [['client', one.client] as [string, string]] : []), ...(one.contact ? [['contact', one.contact] as [string, string]] : [])]))
  const told = w.access.capability('duplicates.see') ? others : others.filter((one) => titles.has(one.client ?? one.contact!))
  const named = (id: string | null): Named | null => (id && titles.has(id) ? { id, title: titles.get(id) ?? '' } : null)
  const holder = (point: Point): PointHolder | undefined => told.find((one) => nameOf(one) === nameOf(point))
  return {
    free: missing.filter((point) => !holder(point)),
    left: missing.flatMap((point) => { const one = holder(point); return one ? [{ kind: point.kind, value: point.value, reason: 'elsewhere' as const, client: named(one.client), contact: named(one.contact) }] : [] }),
  }
}
