import { sql, type RawBuilder } from 'kysely'
import { columnOf, objectOf, stepsOf, type FieldModel, type Model, type ObjectModel } from '../model/model.ts'
import type { Access } from './access.ts'
import type { Action } from './roles.ts'

type Sql = RawBuilder<boolean>

let serial = 0
/** A table alias that no other part of the statement has. */
export function freshAlias(): string {
  serial = (serial + 1) % 1_000_000
  return `t${serial}`
}

const nothing = (): Sql => sql<boolean>`false`

/**
 * The records that the actor may do it to, by object, as far as one list needs them: each is found once, however many ways lead to it.
 * A task may be about a client, an order of his, a call of either: without this his clients stood in the statement fifteen times,
 * and planning it took twice as long as answering it.
 */
class Allowed {
  readonly #of = new Map<string, { name: string, ids: RawBuilder<unknown> }>()

  /** The name under which the ids stand in the statement that begins with {@link with}. */
  name(model: Model, access: Access, object: ObjectModel, action: Action): string {
    const key = `${object.name}.${action}`
    const known = this.#of.get(key)
    if (known) return known.name
    const name = freshAlias(), inner = freshAlias()
    const condition = accessPredicate(model, access, object, action, inner, this)
    // What this one asks for was put in before it.
    this.#of.set(key, { name, ids: sql`select ${sql.ref(`${inner}.id`)} from core.${sql.id(object.table)} ${sql.id(inner)} where ${sql.ref(`${inner}.trashed_at`)} is null${condition ? sql` and ${condition}` : sql``}` })
    return name
  }

  with(): RawBuilder<unknown> {
    return sql`with ${sql.join([...this.#of.values()].map(({ name, ids }) => sql`${sql.id(name)} as materialized (${ids})`))}`
  }
}

/** For a list, and not for records that are known by id: with what was found for it already. */
type Wide = boolean | Allowed

/** The ids from these records, as an array that is computed once and can use an index also beside an «or». */
function among(wide: Wide, ids: (allowed: Allowed) => RawBuilder<unknown>): RawBuilder<unknown> {
  if (wide instanceof Allowed) return sql`array(${ids(wide)})`
  const allowed = new Allowed()
  const all = ids(allowed)
  return sql`array(${allowed.with()} ${all})`
}

/** Ids of records, by object, that the actor was just found to see and that are not in the trash. */
export type Seen = ReadonlyMap<string, readonly string[]>

/**
 * The condition under which the actor may do this to a record of the object, for the table alias given; null where no
 * condition is needed. `wide`: for a list or a sum over all, not for records that are known by id. `seen`: for reading records
 * that are about these and no others, so that the database need not find out anew which of them he sees.
 * Trash and archive are not its concern, except that a part of a trashed whole is gone with it.
 */
export function accessPredicate(model: Model, access: Access, object: ObjectModel, action: Action, alias: string, wide: Wide = false, seen?: Seen): Sql | null {
  const scope = access.scope(object, action)
  if (object.partOf.length) return partPredicate(model, access, object, action, alias, wide)
  if (scope === 'all') return null
  if (scope === 'none') return nothing()
  return or([...ownership(access, object, scope, alias), ...substituted(access, object, action, alias), ...shared(access, object, action, alias), ...inherited(model, access, object, action, alias, wide, seen)])
}

/**
 * The condition under which the actor may hand the record over: it is within his own scope. Who reaches it by a share or by
 * way of another record works on it, but taking it over would give him rights that nobody granted.
 */
export function transferPredicate(access: Access, object: ObjectModel, alias: string): Sql | null {
  const scope = access.scope(object, 'update')
  if (!object.owned || scope === 'all') return null
  return scope === 'none' ? nothing() : or(ownership(access, object, scope, alias))
}

function ownership(access: Access, object: ObjectModel, scope: 'own' | 'team', alias: string): Sql[] {
  const me = access.actor.userId
  if (!me) return []
  if (object.name === 'user') return [sql<boolean>`${sql.ref(`${alias}.id`)} = ${me}::uuid`]
  const column = object.owned ? 'owner_id' : 'created_by'
  const conditions = [sql<boolean>`${sql.ref(`${alias}.${column}`)} = ${me}::uuid`]
  const teams = access.actor.teamIds
  if (scope === 'team' && teams.length) {
    conditions.push(sql<boolean>`${sql.ref(`${alias}.${column}`)} = any(array(select user_id from core.team_member where team_id = any(${teams}::uuid[])))`)
    if (object.owned) conditions.push(sql<boolean>`${sql.ref(`${alias}.team_id`)} = any(${teams}::uuid[])`)
  }
  return conditions
}

/**
 * Who stands in for an absent person sees her records and may change them, as far as both have that right of their own. The
 * time is asked of the database with each statement, so a substitution begins and ends without anything having to run.
 */
function substituted(access: Access, object: ObjectModel, action: Action, alias: string): Sql[] {
  const { userId, standsIn } = access.actor
  if (!standsIn || !userId || !object.owned || (action !== 'read' && action !== 'update')) return []
  return [sql<boolean>`${sql.ref(`${alias}.owner_id`)} = any(${absentOwners(userId, object, action)})`]
}

/** Those for whom a person stands in at this moment, as an array that is computed once. */
export function absentOwners(substitute: string, object: ObjectModel, action: 'read' | 'update' | 'create'): RawBuilder<unknown> {
  return sql`array(select s.absent_id from core.substitution s where s.substitute_id = ${substitute}::uuid and s.from_at <= now() and s.until_at > now()
    and exists (select 1 from core.user_role h join core.role o on o.id = h.role_id where h.user_id = s.absent_id and ((o.rules->>'everything')::boolean
      or coalesce(o.rules->'objects'->${object.name}, o.rules->'objects'->'*')->>${action} in ('own', 'team', 'all'))))`
}

/** An array from an uncorrelated subquery is computed once and can use the index of the primary key. */
function shared(access: Access, object: ObjectModel, action: Action, alias: string): Sql[] {
  const { userId, teamIds, hasShares } = access.actor
  if (!hasShares || !userId || action === 'create' || action === 'delete') return []
  const level = action === 'update' ? sql`and level = 'write'` : sql``
  return [sql<boolean>`${sql.ref(`${alias}.id`)} = any(array(
    select record_id from core.share where object = ${object.name} and (user_id = ${userId}::uuid or team_id = any(${teamIds}::uuid[])) ${level}))`]
}

/**
 * `accessFrom`: who may do it to one of the targets may do it here. Also with a token that is narrowed to this object: the
 * targets stay closed to it, but the records are those that its person sees.
 */
function inherited(model: Model, { whole: access }: Access, object: ObjectModel, action: Action, alias: string, wide: Wide, seen?: Seen): Sql[] {
  if (action === 'create' || action === 'delete') return []
  return (object.accessFrom ?? []).flatMap((path) => {
    const [first, second] = stepsOf(object, path)
    const field = object.byKey.get(first)
    if (field?.handler.filter === 'record') return [linkPredicate(model, access, field, action, alias, wide, seen)]
    if (!second && field?.to === 'user') return named(access, action, sql.ref(`${alias}.${columnOf(field)}`))
    if (!second) return [wide ? targetAmong(model, access, object, first, action, alias, wide) : targetPredicate(model, access, object, first, action, alias)]
    const list = object.lists.find((l) => l.name === first && l.part)
    if (!list) return []
    const part = objectOf(model, list.object)
    const inner = freshAlias()
    const back = columnOf(part.byKey.get(list.field)!)
    const target = part.byKey.get(second)
    if (target?.to === 'user') {
      return named(access, action, sql.ref(`${inner}.${columnOf(target)}`)).map((me) => sql<boolean>`${sql.ref(`${alias}.id`)} = any(array(
        select ${sql.ref(`${inner}.${back}`)} from core.${sql.id(part.table)} ${sql.id(inner)} where ${me}))`)
    }
    if (wide && target?.to && restricts(access, objectOf(model, target.to), action)) {
      return [sql<boolean>`${sql.ref(`${alias}.id`)} = any(array(select ${sql.ref(`${inner}.${back}`)} from core.${sql.id(part.table)} ${sql.id(inner)}
        where ${targetAmong(model, access, part, second, action, inner, wide)}))`]
    }
    return [isThere(sql`core.${sql.id(part.table)} ${sql.id(inner)} where ${sql.ref(`${inner}.${back}`)} = ${sql.ref(`${alias}.id`)} and ${targetPredicate(model, access, part, second, action, inner)}`)]
  })
}

/** Who is named on a record (a watcher) sees it. What others may do to the person is no matter here. */
function named({ actor }: Access, action: Action, column: RawBuilder<unknown>): Sql[] {
  return actor.userId && action === 'read' ? [sql<boolean>`${column} = ${actor.userId}::uuid`] : []
}

/**
 * Whether there is such a row. Not by `exists`: among alternatives PostgreSQL plans each of those twice, with all that stands
 * inside, which makes planning a list of tasks several times as long as answering it.
 */
const isThere = (from: RawBuilder<unknown>): Sql => sql<boolean>`coalesce((select true from ${from} limit 1), false)`

function targetOf(model: Model, access: Access, object: ObjectModel, key: string, action: Action): { target: ObjectModel, column: string } | null {
  const field = object.byKey.get(key)
  const target = field?.to ? model.objects.get(field.to) : undefined
  return field && target && access.scope(target, action) !== 'none' ? { target, column: columnOf(field) } : null
}

/** Whether the actor may do it to some of them only. */
const restricts = (access: Access, object: ObjectModel, action: Action): boolean => object.partOf.length > 0 || access.scope(object, action) !== 'all'

function targetPredicate(model: Model, access: Access, object: ObjectModel, key: string, action: Action, alias: string): Sql {
  const of = targetOf(model, access, object, key, action)
  if (!of) return nothing()
  const inner = freshAlias()
  const condition = accessPredicate(model, access, of.target, action, inner)
  return isThere(sql`core.${sql.id(of.target.table)} ${sql.id(inner)}
    where ${sql.ref(`${inner}.id`)} = ${sql.ref(`${alias}.${of.column}`)} and ${sql.ref(`${inner}.trashed_at`)} is null ${condition ? sql`and ${condition}` : sql``}`)
}

/** The same for a whole list. */
function targetAmong(model: Model, access: Access, object: ObjectModel, key: string, action: Action, alias: string, wide: Wide): Sql {
  const of = targetOf(model, access, object, key, action)
  if (!of) return nothing()
  if (!restricts(access, of.target, action)) return targetPredicate(model, access, object, key, action, alias)
  return sql<boolean>`${sql.ref(`${alias}.${of.column}`)} = any(${among(wide, (allowed) => sql`select id from ${sql.id(allowed.name(model, access, of.target, action))}`)})`
}

/**
 * The condition under which the actor may do this to the record that a `record` field names. Objects that get their access
 * through such a field themselves are left out, or one could lead to the next without end. `seen`: as above.
 */
export function linkPredicate(model: Model, access: Access, field: FieldModel, action: Action, alias: string, wide: Wide = false, seen?: Seen): Sql {
  const id = sql.ref(`${alias}.${columnOf(field)}`)
  const object = sql.ref(`${alias}.${columnOf(field, 'object')}`)
  const targets = [...model.objects.values()].filter((target) => !target.partOf.length && access.scope(target, action) !== 'none' && !followsLink(target)
    && (field.among?.includes(target.name) ?? true))
  if (seen && action === 'read') return or(targets.flatMap((target) => (seen.has(target.name) ? [sql<boolean>`(${object} = ${target.name} and ${id} = any(${seen.get(target.name)}::uuid[]))`] : [])))
  const some = wide ? targets.filter((target) => restricts(access, target, action)) : []
  // Of restricted ones the ids of all together, as no two records have the same; of the others each one where it stands.
  const listed = some.length ? [sql<boolean>`(${object} = any(${some.map((target) => target.name)}::text[]) and ${id} = any(${among(wide, (allowed) =>
    sql.join(some.map((target) => allowed.name(model, access, target, action)).map((name) => sql`select id from ${sql.id(name)}`), sql` union all `))}))`] : []
  return or([...listed, ...targets.filter((target) => !some.includes(target)).map((target) => {
    const inner = freshAlias()
    const condition = accessPredicate(model, access, target, action, inner)
    return sql<boolean>`(${object} = ${target.name} and ${isThere(sql`core.${sql.id(target.table)} ${sql.id(inner)}
      where ${sql.ref(`${inner}.id`)} = ${id} and ${sql.ref(`${inner}.trashed_at`)} is null${condition ? sql` and ${condition}` : sql``}`)})`
  })])
}

const followsLink = (object: ObjectModel): boolean => (object.accessFrom ?? []).some((path) => object.byKey.get(path)?.handler.filter === 'record')

/** A part is seen with its whole and changed by whoever may change the whole; to whom the way between the two is closed, it is nobody's. */
function partPredicate(model: Model, access: Access, object: ObjectModel, action: Action, alias: string, wide: Wide): Sql {
  const wholes = object.partOf.filter((p) => model.objects.has(p.object) && object.byKey.has(p.field) && access.canRead(object.byKey.get(p.field)!))
  return or(wholes.map((p) => wholePredicate(model, access, object, p.field, action === 'read' ? 'read' : 'update', alias, wide)))
}

/** One whole stands in no alternative: PostgreSQL joins it. */
function wholePredicate(model: Model, access: Access, object: ObjectModel, key: string, action: Action, alias: string, wide: Wide): Sql {
  const of = targetOf(model, access, object, key, action)
  if (!of) return nothing()
  const inner = freshAlias()
  const condition = accessPredicate(model, access, of.target, action, inner, wide)
  const rows = sql`core.${sql.id(of.target.table)} ${sql.id(inner)}
    where ${sql.ref(`${inner}.id`)} = ${sql.ref(`${alias}.${of.column}`)} and ${sql.ref(`${inner}.trashed_at`)} is null ${condition ? sql`and ${condition}` : sql``}`
  return object.partOf.length > 1 ? isThere(rows) : sql<boolean>`exists (select 1 from ${rows})`
}

function or(conditions: Sql[]): Sql {
  if (!conditions.length) return nothing()
  return conditions.length === 1 ? conditions[0]! : sql<boolean>`(${sql.join(conditions, sql` or `)})`
}
