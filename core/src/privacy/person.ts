import { sql } from 'kysely'
import { InputError, NotAllowedError, NotFoundError } from '@kartotek/sdk'
import { UUID } from '../facts/uuid.ts'
import type { FieldModel, Model, ObjectModel } from '../model/model.ts'
import { emptyPlan } from '../records/plan.ts'
import type { Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { readByIds } from '../records/rows.ts'

export interface Person { object: ObjectModel, id: string, title: string }

/**
 * A contact, or a client that is a natural person, whom the reader sees.
 * @throws NotFoundError, InputError for an organisation
 */
export async function personOf(reading: Reading, name: string, id: string): Promise<Person> {
  reading.access.require('privacy.manage')
  const object = ['contact', 'client'].includes(name) ? reading.generation.model.objects.get(name) : undefined
  const missing = new NotFoundError('There is no such record.', { object: name, id })
  if (!object || !UUID.test(id) || reading.access.scope(object, 'read') === 'none') throw missing
  const plan = emptyPlan(object)
  for (const key of [object.title, 'kind']) {
    const field = object.byKey.get(key)
    if (field && !reading.access.canRead(field)) throw new NotAllowedError('This is done by who may read the name of the person.')
    if (field) plan.fields.set(key, field)
  }
  const [node] = await readByIds(reading, plan, [id])
  if (!node) throw missing
  if (object.name === 'client' && (node.kind as { key?: string } | string | null) !== 'person' && (node.kind as { key?: string } | null)?.key !== 'person') throw new InputError('This client is an organisation. Personal data belong to persons: to contacts, and to clients that are private persons.')
  return { object, id, title: String(node[object.title] ?? '') }
}

/** Objects whose records are papers about others: they name any record by one field and are seen through it. */
export function paperObjects(model: Model): { object: ObjectModel, subject: FieldModel }[] {
  return [...model.objects.values()].flatMap((object) => {
    const subject = object.fields.find((f) => f.type === 'record' && object.accessFrom?.includes(f.key))
    return subject ? [{ object, subject }] : []
  })
}

/** Objects whose records are documents of the person: they refer to him and are seen through him (orders of a client). */
export function documentObjects(model: Model, person: ObjectModel): { object: ObjectModel, reference: FieldModel }[] {
  return [...model.objects.values()].flatMap((object) => {
    if (object.partOf.length) return []
    const reference = object.fields.find((f) => f.to === person.name && object.accessFrom?.includes(f.key))
    return reference ? [{ object, reference }] : []
  })
}

/** Objects whose records only name the person: they are other people's business, and keep the reference to a nameless record. */
export function namingObjects(model: Model, person: ObjectModel): { object: ObjectModel, reference: FieldModel }[] {
  const documents = documentObjects(model, person).map((d) => d.object.name)
  return [...model.objects.values()].flatMap((object) => {
    if (documents.includes(object.name) || object.partOf.some((p) => p.object === person.name)) return []
    return object.fields.filter((f) => f.to === person.name).map((reference) => ({ object, reference }))
  })
}

/** The person, and those who were merged into him: they lie in the trash as they were. */
export async function peopleOf(db: Engine['db'], id: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`with recursive p (id) as (select ${id}::uuid union select m.loser_id from core.merge m join p on p.id = m.winner_id where m.undone_at is null) select id from p`.execute(db)
  return rows.map((row) => row.id)
}
