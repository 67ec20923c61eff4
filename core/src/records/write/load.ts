import { LockMode } from '@mikro-orm/core'
import { sql } from 'kysely'
import { ConflictError, NotAllowedError, NotFoundError } from '@kartotek/sdk'
import { accessPredicate, transferPredicate } from '../../access/predicate.ts'
import type { Row } from '../../model/generation.ts'
import type { ObjectModel } from '../../model/model.ts'
import { groupName } from '../../model/naming.ts'
import { valueOf, put } from '../rows.ts'
import type { Reading } from '../reading.ts'
import type { WriteItem } from './draft.ts'
import type { Writing } from './writing.ts'

/** The records of the items, locked in the order of their ids, so that two writers cannot wait for each other. */
export async function loadForUpdate(w: Writing, object: ObjectModel, ids: string[]): Promise<Map<string, Row>> {
  if (!ids.length) return new Map()
  const rows = await w.em.find(w.generation.entity(object.name), { id: { $in: [...new Set(ids)] } } as never, {
    lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } as never,
  })
  return new Map(rows.map((row) => [row.id, row]))
}

/** `transfer`: give the record another owner or team. */
export interface Rights { update: boolean, delete: boolean, transfer: boolean }

/**
 * What the actor may do with each of the records: those that he may not even see are absent.
 * @param loaded they are known to be there: nothing is asked where all records are his to read and to write
 */
export async function rightsOn(w: Reading, object: ObjectModel, ids: string[], loaded = false): Promise<Map<string, Rights>> {
  if (!ids.length) return new Map()
  const predicate = (action: 'read' | 'update' | 'delete') => accessPredicate(w.generation.model, w.access, object, action, 'r')
  const [read, update, trash, transfer] = [predicate('read'), predicate('update'), predicate('delete'), transferPredicate(w.access, object, 'r')]
  if (loaded && !read && !update && !trash && !transfer) return new Map(ids.map((id) => [id, { update: true, delete: true, transfer: true }]))
  const { rows } = await sql<{ id: string, u: boolean, d: boolean, t: boolean }>`select r.id, ${update ?? sql`true`} as u, ${trash ?? sql`true`} as d, ${transfer ?? sql`true`} as t
    from core.${sql.id(object.table)} r where r.id = any(${ids}::uuid[])${read ? sql` and ${read}` : sql``}`.execute(w.db)
  return new Map(rows.map((r) => [r.id, { update: r.u, delete: r.d, transfer: r.t }]))
}

/** Why the item cannot be done to this row, or null. */
export async function refusal(w: Writing, object: ObjectModel, item: Exclude<WriteItem, { op: 'create' }>, row: Row | undefined, rights: { update: boolean, delete: boolean } | undefined): Promise<Error | null> {
  if (!row || !rights) return new NotFoundError(`There is no ${object.name} ${item.id}.`, { object: object.name, id: item.id })
  if (item.op === 'trash' || (item.op === 'restore' && row.trashed_at) ? !rights.delete : !rights.update) {
    return new NotAllowedError(`You may not change this ${object.name}.`, { object: object.name, id: item.id })
  }
  if (row.trashed_at && (item.op === 'update' || item.op === 'archive')) {
    return new ConflictError(`This ${object.name} is in the trash; restore it first.`, { object: object.name, id: item.id, trashed: true })
  }
  if (item.op === 'update' && item.version != null && item.version !== row.version) return staleness(w, object, item, row)
  return null
}

/** A stale version is a conflict only where a field of the input changed since. */
async function staleness(w: Writing, object: ObjectModel, item: Extract<WriteItem, { op: 'update' }>, row: Row): Promise<Error | null> {
  const { rows } = await sql<{ fields: string[] }>`select fields from core.change where record_id = ${row.id} and version > ${item.version ?? 0}`.execute(w.db)
  const since = new Set(rows.flatMap((r) => r.fields))
  const mine = Object.entries(item.input).flatMap(([key, value]) => {
    const nested = value && typeof value === 'object' && !Array.isArray(value) && !object.byKey.has(key)
    const group = object.fields.find((f) => f.group && groupName(f.group) === key)?.group ?? key
    return nested ? Object.keys(value).map((name) => `${group}.${name}`) : [key]
  })
  const clashing = mine.filter((key) => since.has(key))
  if (!clashing.length && (item.version ?? 0) < row.version) return null
  const current: Record<string, unknown> = { id: row.id, version: row.version }
  for (const key of mine) {
    const field = object.byKey.get(key)
    if (field && w.access.canRead(field)) put(current, field, valueOf(w, field, row))
  }
  return new ConflictError('Somebody changed this record meanwhile. Compare both versions and save again.', {
    object: object.name, id: row.id, version: row.version, fields: clashing, current,
  })
}
