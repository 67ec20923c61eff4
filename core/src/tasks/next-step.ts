import { sql, type RawBuilder } from 'kysely'
import { accessPredicate, freshAlias } from '../access/predicate.ts'
import type { Access } from '../access/access.ts'
import { columnOf, objectOf, stepsOf, type FieldModel, type Model, type ObjectModel } from '../model/model.ts'

type Sql = RawBuilder<boolean>

/** Kinds of entries by which one was in touch, and kinds of tasks that count as such when they are done. */
const CONTACTS = ['call', 'letter', 'message', 'meeting']
const TALKS = ['call', 'meeting']

/** Objects of which it can be asked what comes next: those that somebody owns and that are no notes about others. */
function isWorkedOn(object: ObjectModel): boolean {
  return object.owned === true && !object.partOf.length && !(object.accessFrom ?? []).some((path) => object.byKey.get(path)?.handler.filter === 'record')
}

/** Fields by which the filters judge; null where the actor may not know of one of them. */
function judged(model: Model, access: Access, name: string, keys: string[]): FieldModel[] | null {
  const object = model.objects.get(name)
  const fields = keys.map((key) => object?.byKey.get(key))
  return object && access.scope(object, 'read') !== 'none' && fields.every((f) => f && access.canRead(f)) ? fields as FieldModel[] : null
}

/** Whether the actor may filter records of the object by their next step. */
export function asksNextStep(model: Model, access: Access, object: ObjectModel): boolean {
  return isWorkedOn(object) && judged(model, access, 'task', ['subject', 'state']) !== null
}

/** Whether the actor may filter records of the object by the last contact. */
export function asksContact(model: Model, access: Access, object: ObjectModel): boolean {
  return isWorkedOn(object) && judged(model, access, 'timelineEntry', ['subject', 'kind', 'happenedAt', 'direction', 'seconds']) !== null && judged(model, access, 'task', ['subject', 'kind', 'doneAt']) !== null
}

/** Records of which no open task is there, neither about them nor about what hangs on them (the orders of a client). */
export function nextStepCondition(model: Model, access: Access, object: ObjectModel, without: boolean, alias: string): Sql {
  return some(about(model, access, object, alias).map((subject) => openTask(model, subject)), !without)
}

/**
 * Records about which nobody was in touch for so many days, by entry or by a call or meeting that was done. Who called and
 * was not answered was not talked to; `missed`: to have tried counts too.
 */
export function contactCondition(model: Model, access: Access, object: ObjectModel, days: number, alias: string, missed = false): Sql {
  const entry = objectOf(model, 'timelineEntry')
  const task = objectOf(model, 'task')
  const since = sql`now() - make_interval(days => ${days})`
  return some(about(model, access, object, alias).flatMap((subject) => [
    subject(entry, (e) => sql<boolean>`${e('kind')} = any(${CONTACTS}::text[]) and ${e('happenedAt')} >= ${since} and ${e('happenedAt')} <= now()
      ${missed ? sql`` : sql`and (${e('kind')} = 'call' and ${e('direction')} = 'in' and ${e('seconds')} = 0) is not true`}`),
    subject(task, (t) => sql<boolean>`${t('kind')} = any(${TALKS}::text[]) and ${t('doneAt')} >= ${since}`),
  ]), false)
}

type Papers = (object: ObjectModel, condition: (ref: (key: string) => RawBuilder<unknown>) => Sql) => Sql

const openTask = (model: Model, subject: Papers): Sql => subject(objectOf(model, 'task'), (t) => sql<boolean>`${t('state')} = 'open'`)

/**
 * The ways to what is written about a record: about itself, and about those that get their access from it and that the actor
 * sees. Whoever sees the record sees what is written about it, so nothing more is asked there.
 */
function about(model: Model, access: Access, object: ObjectModel, alias: string): Papers[] {
  const own: Papers = (paper, condition) => exists(paper, sql.ref(`${alias}.id`), condition)
  const others = [...model.objects.values()].filter((other) => isWorkedOn(other) && access.scope(other, 'read') !== 'none').flatMap((other) => (other.accessFrom ?? []).flatMap((path): Papers[] => {
    const r = freshAlias()
    const leads = leadsFrom(model, access, other, path, object, sql.ref(`${alias}.id`), r)
    if (!leads) return []
    const allowed = accessPredicate(model, access, other, 'read', r)
    return [(paper, condition) => sql<boolean>`exists (select 1 from ${leads} and ${sql.ref(`${r}.trashed_at`)} is null
      and ${exists(paper, sql.ref(`${r}.id`), condition)}${allowed ? sql` and ${allowed}` : sql``})`]
  }))
  return [own, ...others]
}

/** Tables and condition under which a record of `other`, as `alias`, hangs on the record with this id; null where the path leads elsewhere. */
function leadsFrom(model: Model, access: Access, other: ObjectModel, path: string, object: ObjectModel, id: RawBuilder<unknown>, alias: string): RawBuilder<unknown> | null {
  const [first, second] = stepsOf(other, path)
  const from = sql`core.${sql.id(other.table)} ${sql.id(alias)}`
  if (!second) {
    const field = other.byKey.get(first)
    return field?.to === object.name && access.canRead(field) ? sql`${from} where ${sql.ref(`${alias}.${columnOf(field)}`)} = ${id}` : null
  }
  const list = other.lists.find((l) => l.name === first && l.part)
  if (!list || !access.canList(list)) return null
  const part = objectOf(model, list.object)
  const target = part.byKey.get(second)
  if (target?.to !== object.name || !access.canRead(target)) return null
  const p = freshAlias()
  return sql`core.${sql.id(part.table)} ${sql.id(p)} join ${from} on ${sql.ref(`${alias}.id`)} = ${sql.ref(`${p}.${columnOf(part.byKey.get(list.field)!)}`)}
    where ${sql.ref(`${p}.${columnOf(target)}`)} = ${id}`
}

function exists(paper: ObjectModel, id: RawBuilder<unknown>, condition: (ref: (key: string) => RawBuilder<unknown>) => Sql): Sql {
  const p = freshAlias()
  return sql<boolean>`exists (select 1 from core.${sql.id(paper.table)} ${sql.id(p)} where ${sql.ref(`${p}.${columnOf(paper.byKey.get('subject')!)}`)} = ${id}
    and ${sql.ref(`${p}.trashed_at`)} is null and ${sql.ref(`${p}.archived_at`)} is null and ${condition((key) => sql.ref(`${p}.${columnOf(paper.byKey.get(key)!)}`))})`
}

/** One of them, or none of them: each «not exists» alone is an anti join, an «or» of them would be asked row by row. */
function some(ways: Sql[], there: boolean): Sql {
  return there ? sql<boolean>`(${sql.join(ways, sql` or `)})` : sql<boolean>`(${sql.join(ways.map((way) => sql`not ${way}`), sql` and `)})`
}
