import { sql, type RawBuilder } from 'kysely'
import type { Access } from '../access/access.ts'
import { columnOf, objectOf, stepsOf, type Model, type ObjectModel } from '../model/model.ts'

/** States in which work on a record is over. */
const OVER = ['done', 'closed', 'accepted', 'linked', 'declined', 'rejected', 'cancelled', 'spam', 'won', 'lost']

/**
 * Objects whose records are handed over: those that somebody owns and works on. What tells of its owner (a holiday) stays
 * his. Notes and files of a record belong to who wrote them, which is history and stays; a task is about a record too, but
 * it has a state, so it is work.
 */
export function handedOver(model: Model, access: Access): ObjectModel[] {
  const objects = [...model.objects.values()].filter((object) => object.owned && !object.personal && !object.partOf.length && access.scope(object, 'update') !== 'none'
    && access.canRead(object.byKey.get('owner')!) && (isOpen(object, 'r') !== null || !parentsOf(model, object).some((p) => p.kind === 'record')))
  // What others follow comes before what follows it.
  const order: ObjectModel[] = []
  const visit = (object: ObjectModel): void => {
    if (order.includes(object)) return
    for (const parent of parentsOf(model, object)) if (parent.kind === 'field') { const to = objects.find((o) => o.name === parent.to); if (to && to !== object) visit(to) }
    order.push(object)
  }
  const links = (object: ObjectModel): boolean => parentsOf(model, object).some((p) => p.kind === 'record')
  for (const object of objects.filter((o) => !links(o))) visit(object)
  return [...order, ...objects.filter((o) => links(o) && !order.includes(o))]
}

/** The condition under which a record is still being worked on; null where the object knows no end. */
export function isOpen(object: ObjectModel, alias: string): RawBuilder<boolean> | null {
  if (object.staged) return sql<boolean>`${sql.ref(`${alias}.closed_at`)} is null`
  const state = object.byKey.get('state')
  const keys = state?.type === 'select' ? (state.options ?? []).map((option) => option.key) : []
  if (!keys.some((key) => OVER.includes(key))) return null
  const column = sql.ref(`${alias}.${columnOf(state!)}`)
  return sql<boolean>`(${column} is null or ${column} = any(${keys.filter((key) => !OVER.includes(key))}::text[]))`
}

/** Where a record hangs: the client of an order, the clients of a contact, what a task is about. */
type Parent = { kind: 'field' | 'record', to: string | null, ids: (alias: string) => RawBuilder<unknown> }

export function parentsOf(model: Model, object: ObjectModel): Parent[] {
  return (object.accessFrom ?? []).flatMap((path): Parent[] => {
    const [first, second] = stepsOf(object, path)
    const field = object.byKey.get(first)
    if (!second && field?.handler.filter === 'record') return [{ kind: 'record', to: null, ids: (alias) => sql`array[${sql.ref(`${alias}.${columnOf(field)}`)}]` }]
    if (!second && field?.to && field.to !== 'user') return [{ kind: 'field', to: field.to, ids: (alias) => sql`array[${sql.ref(`${alias}.${columnOf(field)}`)}]` }]
    const list = object.lists.find((l) => l.part && l.name === first)
    if (!list || !second) return []
    const part = objectOf(model, list.object)
    const target = part.byKey.get(second)
    if (!target?.to || target.to === 'user') return []
    return [{ kind: 'field', to: target.to, ids: (alias) => sql`array(select ${sql.ref(`p.${columnOf(target)}`)} from core.${sql.id(part.table)} p
      where ${sql.ref(`p.${columnOf(part.byKey.get(list.field)!)}`)} = ${sql.ref(`${alias}.id`)} order by p.position)` }]
  })
}
