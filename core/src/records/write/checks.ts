import { sql } from 'kysely'
import { DuplicateError, InputError } from '@kartotek/sdk'
import { accessPredicate } from '../../access/predicate.ts'
import { columnOf, objectOf, type FieldModel } from '../../model/model.ts'
import { identity, identityOf } from '../../model/unique.ts'
import type { Draft } from './draft.ts'
import type { Writing } from './writing.ts'

/** All drafts with those of their parts. */
export function withParts(drafts: Draft[]): Draft[] {
  return drafts.flatMap((d) => [d, ...withParts([...d.parts.values()].flatMap((p) => p.drafts))])
}

/** Required fields: all of a new record, the changed ones of others. The number of a record, once given, is one of these. */
export function checkRequired(w: Writing, drafts: Draft[]): void {
  for (const draft of withParts(drafts)) {
    for (const field of draft.object.fields) {
      const wanted = field.required || (!draft.isNew && field.key === draft.object.series?.field)
      if (!wanted || field.hidden || (!draft.isNew && !draft.changed.has(field.key))) continue
      if (draft.object.partOf.some((p) => p.field === field.key)) continue
      if (draft.row[columnOf(field)] == null && !draft.problems.some((p) => p.field === draft.path + field.key)) draft.refuse(field.key, 'required', w)
    }
  }
}

/**
 * Referenced records must exist and be visible to the actor, with one statement per target object.
 * @param reverted the change set that is being reverted: what it put into the trash returns, before or after this
 */
export async function checkReferences(w: Writing, drafts: Draft[], reverted: string | null = null): Promise<void> {
  const wanted = new Map<string, { draft: Draft, field: FieldModel, id: string }[]>()
  for (const draft of withParts(drafts)) {
    for (const key of draft.changed) {
      const field = draft.object.byKey.get(key)
      if (!field || draft.object.partOf.some((p) => p.field === key)) continue
      const id = draft.row[columnOf(field)] as string | null
      const to = field.handler.filter === 'record' ? linkedObject(w, draft, field) : field.handler.filter === 'relation' ? field.to : undefined
      if (draft.uploads.has(field)) continue
      if (id && to === null) draft.refuse(key, 'reference', w)
      // What one sets to oneself needs no right to read users.
      if (id && to && id !== w.access.actor.userId) (wanted.get(to) ?? wanted.set(to, []).get(to)!).push({ draft, field, id })
    }
  }
  for (const [name, list] of wanted) {
    const target = objectOf(w.generation.model, name)
    const allowed = accessPredicate(w.generation.model, w.access, target, 'read', 'r')
    const { rows } = await sql<{ id: string }>`select r.id from core.${sql.id(target.table)} r where r.id = any(${[...new Set(list.map((l) => l.id))]}::uuid[])
      and (r.trashed_at is null${reverted ? sql` or exists (select from core.change c where c.record_id = r.id and c.change_set_id = ${reverted} and c.action = 'trash')` : sql``})${allowed ? sql` and ${allowed}` : sql``}`.execute(w.db)
    const found = new Set(rows.map((r) => r.id))
    for (const { draft, field, id } of list) if (!found.has(id)) draft.refuse(field.key, 'reference', w)
  }
}

/** The object of a `record` field; null where the actor may not name it. */
function linkedObject(w: Writing, draft: Draft, field: FieldModel): string | null {
  const object = w.generation.model.objects.get(draft.row[columnOf(field, 'object')] as string)
  return object && !object.partOf.length && w.access.scope(object, 'read') !== 'none' ? object.name : null
}

/** Unique fields: against the database and within the batch; a row that its record gives up makes room for another. The unique index stays the last word for races. */
export async function checkUnique(w: Writing, drafts: Draft[]): Promise<void> {
  const byField = new Map<FieldModel, Draft[]>()
  const givenUp = new Map<Draft, Set<string>>()
  for (const root of drafts) for (const draft of withParts([root])) {
    const removed = [...root.parts.values()].flatMap((part) => part.removed)
    if (removed.length && draft !== root) givenUp.set(draft, new Set(removed.map(({ id }) => id)))
    // What comes back from the trash meets the values that were taken meanwhile.
    const returns = draft.changed.has('trashedAt') && draft.row.trashed_at == null
    for (const key of returns ? draft.object.byKey.keys() : draft.changed) {
      const field = draft.object.byKey.get(key)
      if (field?.unique && draft.row[columnOf(field)] != null) (byField.get(field) ?? byField.set(field, []).get(field)!).push(draft)
    }
  }
  await checkReturningRows(w, drafts)
  for (const [field, list] of byField) {
    const object = objectOf(w.generation.model, field.object)
    const column = identity(field, 'r')
    const values = list.map((d) => identityOf(field, d.row)!)
    const { rows } = await sql<{ id: string, value: string }>`select r.id, ${column}::text as value from core.${sql.id(object.table)} r
      where ${column} = any(${values}::${sql.raw(field.columns[0]!.type.replace(/\(.*/, ''))}[]) and r.trashed_at is null`.execute(w.db)
    const taken = new Map(rows.map((r) => [r.value, r.id]))
    for (const draft of list) {
      const value = identityOf(field, draft.row)!
      const holder = taken.get(value)
      if (holder && holder !== draft.row.id && !givenUp.get(draft)?.has(holder)) {
        draft.refuse(field.key, 'unique', w)
        // Whose value it is stays untold: the caller may be one who does not see that record.
        const { field: path, message } = draft.problems.at(-1)!
        draft.error ??= new DuplicateError(message, { object: object.name, field: path || null, fields: draft.problems })
      }
      taken.set(value, draft.row.id)
    }
  }
}

/** Rows that come back from the trash with their record meet the values that were taken meanwhile. */
async function checkReturningRows(w: Writing, drafts: Draft[]): Promise<void> {
  const returning = drafts.filter((draft) => draft.changed.has('trashedAt') && draft.row.trashed_at == null)
  for (const [object, group] of Map.groupBy(returning, (draft) => draft.object)) for (const list of object.lists.filter((one) => one.part)) {
    const part = objectOf(w.generation.model, list.object)
    const back = sql.ref(`p.${columnOf(part.byKey.get(list.field)!)}`)
    for (const field of part.fields.filter((one) => one.unique && !one.hidden)) {
      const { rows } = await sql<{ whole: string }>`select distinct ${back} as whole from core.${sql.id(part.table)} p where ${back} = any(${group.map((draft) => draft.row.id)}::uuid[])
        and exists (select from core.${sql.id(part.table)} q where ${identity(field, 'q')} = ${identity(field, 'p')} and q.trashed_at is null and q.id <> p.id)`.execute(w.db)
      for (const { whole } of rows) group.find((draft) => draft.row.id === whole)!.refuse(list.name, 'unique', w)
    }
  }
}

/** Turns what was noted into the item's error. */
export function problemsToError(draft: Draft): Error | null {
  if (draft.error) return draft.error
  const problems = withParts([draft]).flatMap((d) => d.problems)
  return problems.length ? new InputError(problems.map((p) => (p.field ? `${p.field}: ${p.message}` : p.message)).join(' '), problems) : null
}
