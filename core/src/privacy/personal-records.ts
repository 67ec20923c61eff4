import { sql, type RawBuilder } from 'kysely'
import { columnOf, type FieldModel, type Model, type ObjectModel } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'

type Sql = RawBuilder<unknown>

/** Whether records of this object are traces of a person – calls, conversations –, and no documents: nothing of him stays in them. */
export const isTrace = (object: ObjectModel): boolean => !object.partOf.length && object.fields.some((f) => f.identifying && f.group === '')

/** Records of one object that hang on a person. */
export interface Hanging { object: ObjectModel, ids: string[] }

/**
 * The traces of a person: what names him, and what names nobody and hangs on his requests, or has a number or a handle that stands on his
 * card and on no other.
 * @param people the person, and those who were merged into him; none for a request alone
 */
export async function tracesOf(db: Engine['db'], model: Model, person: ObjectModel | null, people: string[], requests: string[]): Promise<Hanging[]> {
  const result: Hanging[] = []
  const own = person?.name === 'contact' ? sql.ref('p.contact_id') : sql.ref('p.client_id')
  const keys = people.length ? (await sql<{ key: string }>`select distinct p.key from core.contact_point p where ${own} = any(${people}::uuid[]) and p.key is not null and p.kind <> 'site'
    and not exists (select 1 from core.contact_point o left join core.contact k on k.id = o.contact_id left join core.client c on c.id = o.client_id
      where o.key = p.key and coalesce(k.trashed_at, c.trashed_at) is null and coalesce(${person?.name === 'contact' ? sql.ref('o.contact_id') : sql.ref('o.client_id')} <> all(${people}::uuid[]), true))`.execute(db)).rows.map((row) => row.key) : []
  for (const object of [...model.objects.values()].filter(isTrace)) {
    const named = (name: string): FieldModel[] => object.fields.filter((f) => f.to === name && object.accessFrom?.includes(f.key))
    const among = (field: FieldModel, ids: readonly string[]): Sql => sql`${sql.id(columnOf(field))} = any(${ids}::uuid[])`
    const nobodys = [...named('client'), ...named('contact')].map((f) => sql`${sql.id(columnOf(f))} is null`)
    const columns = object.fields.flatMap((f) => (f.type === 'phone' ? [columnOf(f, 'e164')] : f.identifying ? [columnOf(f)] : []))
    const conditions = [
      ...(person ? named(person.name) : []).map((f) => among(f, people)),
      // What names somebody else by now is his.
      ...nobodys.length ? [...named('intakeItem').map((f) => among(f, requests)), ...keys.length ? columns.map((name) => sql`${sql.id(name)} = any(${keys}::text[])`) : []].map((one) => sql`(${sql.join([...nobodys, one], sql` and `)})`) : [],
    ]
    if (!conditions.length) continue
    const { rows } = await sql<{ id: string }>`select id from core.${sql.id(object.table)} where ${sql.join(conditions, sql` or `)}`.execute(db)
    if (rows.length) result.push({ object, ids: rows.map((row) => row.id) })
  }
  return result
}
