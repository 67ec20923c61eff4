import { sql } from 'kysely'
import type { Row } from '../../model/generation.ts'
import { columnOf, objectOf, type FieldModel, type ObjectModel } from '../../model/model.ts'
import type { NewEvent } from '../../events/index.ts'
import { sameColumn, storedValue } from '../stored.ts'
import { withParts } from './checks.ts'
import type { Draft } from './draft.ts'
import { refreshSearch } from './search-column.ts'
import { shelveRows } from './shelve.ts'
import { assignNumbers } from './series.ts'
import { recordVisits } from './stages.ts'
import type { Writing } from './writing.ts'

/** Writes the drafts with their parts, their history, the audit trail and the events. */
export async function persist(w: Writing, drafts: Draft[]): Promise<void> {
  const changed = drafts.filter((d) => d.touched)
  if (!changed.length) return
  await assignNumbers(w, changed)
  const parts = changed.flatMap((d) => withParts([...d.parts.values()].flatMap((p) => p.drafts)))
  for (const { row, isNew } of [...changed, ...parts.filter((part) => part.changed.size)]) {
    if (isNew) continue
    row.version += 1
    row.updated_at = w.now
    row.updated_by = w.access.actor.userId
  }
  const removed = changed.flatMap((d) => [...d.parts].flatMap(([list, p]) => p.removed.map((row) => ({ root: d, object: objectOf(w.generation.model, list.object), row }))))

  await refreshSearch(w, changed)
  // First what goes: its unique values are free for what comes.
  for (const { row } of removed) w.em.remove(row)
  if (removed.length) await w.em.flush()
  await insertNew(w, changed)
  await insertNew(w, parts)
  for (const draft of [...changed, ...parts]) for (const [column, value] of Object.entries(draft.row)) {
    if (draft.entity && !sameColumn(draft.entity[column], value)) draft.entity[column] = value
  }
  await w.em.flush()
  for (const [object, group] of Map.groupBy(changed.filter((d) => d.changed.has('trashedAt')), (d) => d.object)) await shelveRows(w.db, w.generation.model, object, group.map((d) => d.row.id))
  await recordVisits(w, changed)
  await recordPeriods(w, changed)
  for (const draft of changed) note(w, draft, draft)
  for (const draft of changed) for (const p of draft.parts.values()) for (const part of p.drafts) if (part.isNew || part.changed.size) note(w, part, draft)
  for (const { root, object, row } of removed) {
    w.changes.push({ object: object.name, recordId: row.id, rootObject: root.object.name, rootId: root.row.id, action: 'delete', version: row.version, fields: [], before: snapshot(object, row), after: null })
  }
  w.events.push(...changed.flatMap((d) => eventsOf(w, d)))
}

/** New rows go in with one statement per object; only changed ones need the unit of work. */
async function insertNew(w: Writing, drafts: Draft[]): Promise<void> {
  for (const [object, group] of Map.groupBy(drafts.filter((d) => d.isNew), (d) => d.object)) {
    const names = [...new Set(group.flatMap((d) => Object.keys(d.row)))]
    const types = new Map(object.fields.flatMap((f) => f.columns).map((c) => [c.name, c.type]))
    const list = sql.join(names.map((n) => sql.id(n)))
    const definition = sql.join(names.map((n) => sql`${sql.id(n)} ${sql.raw(types.get(n) ?? BASE_TYPES[n] ?? 'uuid')}`))
    for (let i = 0; i < group.length; i += 500) {
      await sql`insert into core.${sql.id(object.table)} (${list}) select ${list}
        from jsonb_to_recordset(${JSON.stringify(group.slice(i, i + 500).map((d) => d.row))}::jsonb) as r (${definition})`.execute(w.db)
    }
  }
}
const BASE_TYPES: Record<string, string> = {
  version: 'integer', position: 'integer', search: 'text', created_at: 'timestamptz', updated_at: 'timestamptz',
}

/** From–to history of the fields that keep it (owner, territory number). */
async function recordPeriods(w: Writing, drafts: Draft[]): Promise<void> {
  const periods = drafts.flatMap((d) => [...d.changed].map((key) => d.object.byKey.get(key)).filter((f): f is FieldModel => f?.history === true)
    .map((field) => ({ object: d.object.name, record_id: d.row.id, field: field.key, value: d.row[columnOf(field)] == null ? null : String(d.row[columnOf(field)]), at: d.isNew ? d.row.created_at as Date : w.now })))
  if (!periods.length) return
  await sql`with n as materialized (select * from jsonb_to_recordset(${JSON.stringify(periods)}::jsonb) as n (object text, record_id uuid, field text, value text, at timestamptz)),
    ended as (update core.field_period p set to_at = ${w.now} from n where p.record_id = n.record_id and p.field = n.field and p.to_at is null)
    insert into core.field_period (object, record_id, field, value, from_at, change_set_id)
    select object, record_id, field, value, at, ${w.changeSetId}::uuid from n where value is not null`.execute(w.db)
}

function note(w: Writing, draft: Draft, root: Draft): void {
  const fields = [...draft.changed, ...draft.changedLists.map((list) => list.name)]
  const keys = [...draft.changed].map((key) => draft.object.byKey.get(key)).filter((f) => f !== undefined)
  w.changes.push({
    object: draft.object.name, recordId: draft.row.id, rootObject: root.object.name, rootId: root.row.id,
    action: draft.isNew ? 'create' : draft.item.op, version: draft.row.version, fields,
    before: draft.isNew ? null : { ...Object.fromEntries(keys.map((f) => [f.key, draft.before[f.key] ?? null])), ...draft.before.position === undefined ? {} : { position: draft.before.position } },
    after: Object.fromEntries(keys.map((f) => [f.key, storedValue(f, draft.row)])),
  })
}

function snapshot(object: ObjectModel, row: Row): Record<string, unknown> {
  return { ...Object.fromEntries(object.fields.filter((f) => row[f.columns[0]!.name] != null).map((f) => [f.key, storedValue(f, row)])), position: row.position }
}

function eventsOf(w: Writing, draft: Draft): NewEvent[] {
  const { object, row } = draft
  const holder = (owner: unknown, team: unknown) => ({ owner: (owner as string) ?? null, team: (team as string) ?? null })
  const was = (key: string, column: string): unknown => (draft.changed.has(key) ? draft.before[key] : row[column])
  const scope = object.owned ? {
    before: draft.isNew ? null : holder(was('owner', 'owner_id'), was('team', 'team_id')),
    after: holder(row.owner_id, row.team_id),
  } : null
  const one = (name: string): NewEvent => ({ name: `${object.name}.${name}`, object: object.name, recordId: row.id, changeSetId: w.changeSetId, changed: [...draft.changed, ...draft.changedLists.map((list) => list.name)], scope })
  const names = { create: 'created', update: 'updated', archive: 'archived', restore: 'restored', trash: 'trashed' } as const
  return draft.moved && !draft.isNew ? [one(names[draft.item.op]), one('stageChanged')] : [one(names[draft.item.op])]
}

