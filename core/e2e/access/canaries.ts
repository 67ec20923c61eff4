import { sql } from 'kysely'
import { columnOf, objectOf, type FieldModel, type ObjectModel } from '../../src/model/model.ts'
import { word, type Person, type Planted, type World } from './world.ts'

/**
 * Where a canary sits: the record that decides about access (the whole, for parts) and the field. `text` is the value as it
 * stands there now, to ask for it; `suffix` tells the columns of a field apart.
 */
export interface Holder { root: Planted, object: string, field: string, text?: string, suffix?: string }
/** Canary → all places that hold it. Whoever may see one of them may see it. */
export type Canaries = Map<string, Holder[]>

interface RowOf { object: ObjectModel, root: Planted, row: Record<string, unknown> & { id: string } }

/** All rows of planted records with those of their parts. */
async function rowsOf(world: World): Promise<RowOf[]> {
  const { engine } = world.crm.kartotek
  const { model } = engine.live.current
  const byId = new Map(world.records.map((r) => [r.id, r]))
  const result: RowOf[] = []
  for (const object of model.objects.values()) {
    const { rows } = await sql<RowOf['row']>`select * from core.${sql.id(object.table)}`.execute(engine.db)
    for (const row of rows) {
      const wholes = object.partOf.map((p) => row[columnOf(object.byKey.get(p.field)!)] as string | null)
      const root = byId.get(object.partOf.length ? wholes.find((w) => w) ?? '' : row.id)
      if (root) result.push({ object, root, row })
    }
  }
  return result
}

const WORDS = /k[0-9a-z]{4}q/g
const NUMBERS = /(?<![0-9a-z])\d{7,}/g
const DAYS = /2[1-9]\d\d-\d\d-\d\d/g
const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** What looks like a canary in a text: words, numbers, days and ids. Cursors are opened: they hold values too. */
export function tokensIn(text: string): Set<string> {
  const opened = [...text.matchAll(/"(?:cursor|startCursor|endCursor|c)":"([A-Za-z0-9_-]{20,})"/g)].map((m) => Buffer.from(m[1]!, 'base64url').toString())
  const whole = [text, ...opened].join('\n').toLowerCase()
  const plain = whole.replace(UUIDS, '')
  return new Set([...plain.match(WORDS) ?? [], ...plain.match(NUMBERS) ?? [], ...plain.match(DAYS) ?? [], ...whole.match(UUIDS) ?? []])
}
export const isId = (token: string): boolean => token.length === 36

/** Reads all values that stand in the tables now, audit trail and periods included. */
export async function collectCanaries(world: World): Promise<Canaries> {
  const canaries: Canaries = new Map()
  const add = (value: unknown, holder: Holder): void => {
    const text = value instanceof Date ? value.toISOString() : typeof value === 'object' ? JSON.stringify(value) : String(value)
    for (const token of tokensIn(text)) if (!isId(token)) (canaries.get(token) ?? canaries.set(token, []).get(token)!).push(holder)
  }
  const { engine } = world.crm.kartotek
  const { model } = engine.live.current
  for (const { object, root, row } of await rowsOf(world)) {
    // The author of a change is told by his id, also to who may not see him.
    if (object.name !== 'user') canaries.set(row.id, [{ root, object: object.name, field: 'id' }])
    for (const field of object.fields) for (const c of field.columns) if (row[c.name] !== null && row[c.name] !== undefined) add(row[c.name], { root, object: object.name, field: field.key, text: String(row[c.name]), suffix: c.suffix })
  }
  const byId = new Map(world.records.map((r) => [r.id, r]))
  const { rows } = await sql<{ object: string, root_id: string, before: object | null, after: object | null }>`select object, root_id, before, after from core.change`.execute(engine.db)
  for (const change of rows) {
    const root = byId.get(change.root_id)
    if (!root || !model.objects.has(change.object)) continue
    for (const side of [change.before, change.after]) for (const [field, value] of Object.entries(side ?? {})) if (value !== null) add(value, { root, object: change.object, field })
  }
  return canaries
}

/** Secrets of the model itself: labels and helps of fields that only some may know of, and what gates ask of such fields. */
export function modelCanaries(world: World, canaries: Canaries): void {
  const client = objectOf(world.crm.kartotek.engine.live.current.model, 'client')
  for (const token of tokensIn(world.gateValue)) canaries.set(token, [{ root: { object: 'client', id: '', key: 'gate', groups: ['*'] }, object: 'client', field: 'territory' }])
  for (const field of client.fields.filter((f) => f.group === 'custom')) {
    for (const token of tokensIn(JSON.stringify([field.label, field.help]))) canaries.set(token, [{ root: { object: 'client', id: '', key: 'model', groups: ['*'] }, object: 'client', field: field.key }])
  }
}

/** Whether the test itself lets this person read a field of a record. His own card he knows from his account. */
function mayRead(person: Person, root: Planted, object: string, field: string): boolean {
  return root.id === person.caller.actor.userId || (person.sees(root) && !person.denied.has(`${object}.${field}`))
}

/** The canaries in a text that this person must not see. Ids that he named himself may come back in an error. */
export function leaks(person: Person, canaries: Canaries, text: string, asked = ''): string[] {
  return [...tokensIn(text)].flatMap((token) => {
    const holders = canaries.get(token)
    if (!holders || (isId(token) && asked.includes(token)) || holders.some((h) => mayRead(person, h.root, h.object, h.field))) return []
    return [`${token} (${holders[0]!.object}.${holders[0]!.field} of ${holders[0]!.root.key})`]
  })
}

/** Changes every value that the person may not see, behind the back of the engine, so that nothing visible may change with it. */
export async function scramble(world: World, person: Person): Promise<number> {
  const { db } = world.crm.kartotek.engine
  let changed = 0
  for (const { object, root, row } of await rowsOf(world)) {
    const hidden = object.fields.filter((f) => !f.id.startsWith('base:') && !(object.name === 'user' && f.key === 'active') && !mayRead(person, root, object.name, f.key))
    const set = hidden.flatMap((f) => f.columns.flatMap((c) => {
      const next = other(f, c.name, c.type, row[c.name])
      return next === undefined ? [] : [{ name: c.name, old: row[c.name], next }]
    }))
    if (!person.sees(root) && root.id !== person.caller.actor.userId) set.push({ name: 'created_at', old: null, next: new Date(Date.UTC(2020, 1, 1)) })
    if (!set.length) continue
    changed += set.length
    await sql`update core.${sql.id(object.table)} set ${sql.join(set.map((s) => sql`${sql.id(s.name)} = ${s.next}`))} where id = ${row.id}`.execute(db)
    const whole = objectOf(world.crm.kartotek.engine.live.current.model, root.object)
    for (const s of set) {
      if (typeof s.old === 'string' && s.old.length > 4) {
        await sql`update core.${sql.id(whole.table)} set search = replace(replace(search, lower(${s.old}), lower(${String(s.next)})), regexp_replace(${s.old}, '\\D{2,}|\\D', '', 'g'), regexp_replace(${String(s.next)}, '\\D', '', 'g'))
          where id = ${root.id} and length(regexp_replace(${s.old}, '\\D', '', 'g')) > 4`.execute(db)
        await sql`update core.${sql.id(whole.table)} set search = replace(search, lower(${s.old}), lower(${String(s.next)})) where id = ${root.id}`.execute(db)
      }
    }
  }
  return changed
}

const turned = (text: string): string => text.replace(/cnr([a-z])/g, (_, c: string) => `cnr${c === 'a' ? 'z' : String.fromCharCode(c.charCodeAt(0) - 1)}`)

/** Another value of the same kind; undefined where the column stays. */
function other(field: FieldModel, column: string, type: string, value: unknown): unknown {
  // What was empty is filled: «is there a value?» is a question too.
  if (value === null) return (field.type === 'text' || field.type === 'longText') && column === columnOf(field) ? word() : undefined
  if (value === undefined) return undefined
  if (type === 'text') {
    if (field.type === 'select' || column.endsWith('currency') || column.endsWith('country') || column.endsWith('kind') || column.endsWith('type')) return undefined
    const next = turned(String(value))
    if (next !== value) return next
    return ['phone', 'taxId'].includes(field.type) || field.key === 'value' || field.key === 'key' ? String(value).replace(/\d(?=\D*$)/, (d) => String((Number(d) + 1) % 10)) : undefined
  }
  // So far that nothing scrambled falls on what was planted, however often; by 28 years, which keep the 29th of February.
  if (type.startsWith('numeric')) return Math.abs(Number(value)) > 1_000 ? String(Number(value) + 100_000_000) : undefined
  if (type === 'integer') return Number(value) + 100_000_000
  if (type === 'date') return `${Number(String(value).slice(0, 4)) + 28}${String(value).slice(4)}`
  if (type === 'timestamptz') return new Date(new Date(value as Date).setUTCFullYear((value as Date).getUTCFullYear() + 28))
  if (type === 'boolean') return !value
  return undefined
}
