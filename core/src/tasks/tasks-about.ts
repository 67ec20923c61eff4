import { InputError, NotFoundError, type Filter } from '@kartotek/sdk'
import { objectOf, type ObjectModel } from '../model/model.ts'
import { asksMayContact, mayContact } from '../privacy/may-contact.ts'
import { emptyPlan } from '../records/plan.ts'
import type { Reading } from '../records/reading.ts'
import { readByIds, valueIn } from '../records/rows.ts'
import { checkNumber, writeRecords } from '../records/write/batch.ts'
import type { ItemResult } from '../records/write/draft.ts'
import type { Writing } from '../records/write/writing.ts'

/** One task for each of these records: a list of calls, a round of visits. */
export interface TasksAbout {
  object: string
  ids: string[]
  input: {
    title: string, kind?: string | null, due?: string | null, allDay?: boolean | null, priority?: string | null, text?: string | null
    /** Who does them all; without, who owns the record. */
    owner?: string | null
    /** Of calls: for what one calls. Whom one must not call for it gets no task. */
    purpose?: string | null
  }
}

/** The object, if its records can be what a task is about. @throws NotFoundError */
export function subjectsOf({ generation: { model }, access }: Reading, name: string): ObjectModel {
  const object = model.objects.get(name)
  if (!object || object.partOf.length || object.name === 'task' || access.scope(object, 'read') === 'none') throw new NotFoundError(`There is no object "${name}".`)
  return object
}

/** Makes the tasks; each stands or falls by itself, in the order of the records. */
export async function makeTasksAbout(w: Writing, { object: name, ids, input: { purpose, owner, ...input } }: TasksAbout): Promise<ItemResult[]> {
  const object = subjectsOf(w, name)
  checkNumber(ids)
  const owners = owner ? null : await ownersOf(w, object, ids)
  const refused = await notToCall(w, object, ids, input.kind, purpose)
  const results = ids.map((id): ItemResult | null => (refused.has(id) ? { ok: false, error: new InputError('This person must not be called.', [{ field: 'subject', rule: 'mayContact', message: 'This person must not be called.' }]) } : null))
  const rest = ids.filter((_, i) => !results[i])
  const written = await writeRecords(w, objectOf(w.generation.model, 'task'), rest.map((id) => ({
    op: 'create', input: { ...input as Filter, subject: { object: name, id }, owner: owner ?? owners!.get(id) ?? w.caller.actor.userId },
  })))
  return results.map((result) => result ?? written.shift()!)
}

async function ownersOf(w: Writing, object: ObjectModel, ids: readonly string[]): Promise<Map<string, string>> {
  const field = object.byKey.get('owner')
  if (!field) return new Map()
  if (!w.access.canRead(field)) throw new InputError('Say who does the tasks.', [{ field: 'owner', rule: 'required', message: 'Say who does the tasks.' }])
  const plan = emptyPlan(object)
  plan.relations.set(field.key, { field, plan: emptyPlan(objectOf(w.generation.model, field.to!)) })
  return new Map((await readByIds(w, plan, ids)).flatMap((node) => {
    const owner = valueIn(node, field) as { id: string } | null
    return owner ? [[node.id, owner.id] as const] : []
  }))
}

/** Those who said that they are not to be called, as far as the actor may know it. */
async function notToCall(w: Writing, object: ObjectModel, ids: readonly string[], kind: string | null | undefined, purpose: string | null | undefined): Promise<Set<string>> {
  if (kind !== 'call' || !asksMayContact(w.generation.model, w.access, object)) return new Set()
  const said = await mayContact(w, object.name, ids, 'phone', purpose ?? undefined)
  return new Set(said.filter(({ reason }) => reason && reason !== 'unknown').map(({ id }) => id))
}
