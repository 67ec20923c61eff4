import { sql, type RawBuilder } from 'kysely'
import { LimitError, NotFoundError, textIn, type Actor } from '@kartotek/sdk'
import { accessPredicate } from '../access/predicate.ts'
import { UUID } from '../facts/uuid.ts'
import { objectOf, type FieldModel, type ObjectModel } from '../model/model.ts'
import { emptyPlan } from '../records/plan.ts'
import { readableField, type Reading } from '../records/reading.ts'
import { readByIds, valueOf } from '../records/rows.ts'
import { columnsOfStored, isStoredAs } from '../records/stored.ts'
import { SUBJECTS } from './configuration.ts'
import type { ConfigurationRow } from './configuration-view.ts'
import { REVERT_STANDING, type RevertStanding } from './revert-standing.ts'
import type { Summary } from './summary.ts'
import { wordsOf } from './words.ts'

/** A change set of records (`subject` is null) or of the configuration. */
export type ChangeSetRow = {
  id: string, at: Date, actor_kind: string, actor_id: string, user_id: string | null, actor_name: string, origin: string, summary: string | null, message: Summary | null
  object: string | null, records: number, revert: RevertStanding | null, flags: { passedGatesCount?: number, merge?: boolean, despite?: { object: string, duplicates: { object: string, id: string }[] }[] }, reverts: string | null, reverted_by: string | null
} & (ConfigurationRow | { subject: null })

const CHANGE_SETS = sql`select s.*, ${REVERT_STANDING} as revert, c.subject, c.subject_id, c.object as configured_object, c.name, c.before, c.after
  from core.change_set s left join core.configuration_change c on c.change_set_id = s.id`

/** What the reader manages. */
function managed({ access }: Reading): string[] {
  return Object.entries(SUBJECTS).filter(([, capability]) => access.capability(capability)).map(([subject]) => subject)
}

/** Changes of the configuration are seen by who manages its subject, and shares by who made them. */
function mayRead(reading: Reading): RawBuilder<unknown> {
  const { access, generation: { model } } = reading
  if (access.everything) return sql`true`
  const objects = [...model.objects.values()].filter((o) => access.scope(o, 'read') !== 'none')
  const fields = objects.flatMap((o) => o.fields.filter((f) => access.canRead({ ...f, hidden: false })).map((f) => `${o.name}.${f.key}`))
  return sql`(c.subject is null or ((c.subject = any(${managed(reading)}::text[]) or (c.subject = 'share' and s.user_id = ${access.actor.userId}::uuid))
    and (c.object is null or c.object = any(${objects.map((o) => o.name)}::text[])) and (c.subject <> 'field' or c.subject_id = any(${fields}::text[]))))`
}

/**
 * Change sets, newest first: those of one record for who may see it; all for who may read the audit trail; else one's own,
 * and those of the configuration for who manages it.
 */
export async function listChangeSets(reading: Reading, args: { object?: string | null, record?: string | null, configuration?: boolean | null, first?: number | null, after?: string | null }): Promise<{ nodes: ChangeSetRow[], hasNextPage: boolean }> {
  const first = args.first ?? 50
  if (first < 1 || first > 200) throw new LimitError('A page holds 1–200 change sets.', { limit: 200 })
  const conditions = [mayRead(reading)]
  if (args.record) {
    await requireVisible(reading, args.object, args.record)
    conditions.push(sql`s.id in (select change_set_id from core.change where root_id = ${args.record}
      union all select change_set_id from core.configuration_change where subject = 'share' and subject_id = ${args.record})`)
  } else {
    const mine = isMine(reading) ?? sql`false`
    if (!reading.access.capability('audit.read')) conditions.push(managed(reading).length ? sql`(c.subject is not null or ${mine})` : mine)
    if (args.object && !reading.generation.model.objects.has(args.object)) return { nodes: [], hasNextPage: false }
    if (args.object) conditions.push(sql`s.object = ${args.object}`)
  }
  if (args.configuration != null) conditions.push(args.configuration ? sql`c.subject is not null` : sql`c.subject is null`)
  if (args.after && UUID.test(args.after)) conditions.push(sql`s.id < ${args.after}::uuid`)
  const { rows } = await sql<ChangeSetRow>`${CHANGE_SETS} where ${sql.join(conditions, sql` and `)} order by s.id desc limit ${sql.lit(first + 1)}`.execute(reading.db)
  return { nodes: rows.slice(0, first), hasNextPage: rows.length > first }
}

/** What the reader did himself. Plugins and the system have no person: nothing of others becomes theirs by that. */
function isMine({ access: { actor } }: Reading): RawBuilder<unknown> | null {
  if (!actor.userId) return null
  return actor.narrowedTo ? sql`s.actor_id = ${actor.id}` : sql`s.user_id = ${actor.userId}`
}

/** The same of one change set. A narrowed token did what was done by it, not what its person did otherwise. */
export function didMyself({ userId, narrowedTo, id }: Actor, set: Pick<ChangeSetRow, 'user_id' | 'actor_id'>): boolean {
  return set.user_id !== null && set.user_id === userId && (!narrowedTo || set.actor_id === id)
}

export async function readChangeSet(reading: Reading, id: string): Promise<ChangeSetRow | null> {
  if (!UUID.test(id)) return null
  const { rows: [row] } = await sql<ChangeSetRow>`${CHANGE_SETS} where s.id = ${id} and ${mayRead(reading)}`.execute(reading.db)
  if (!row) return null
  if (row.subject) return row
  if (didMyself(reading.access.actor, row) || reading.access.capability('audit.read')) return row
  return await countVisible(reading, id) ? row : null
}

/** @throws NotFoundError where the reader sees no such record */
export async function requireVisible(reading: Reading, name: string | null | undefined, id: string): Promise<ObjectModel> {
  const object = name ? reading.generation.model.objects.get(name) : undefined
  const visible = object && UUID.test(id) && reading.access.scope(object, 'read') !== 'none' && (await readByIds(reading, emptyPlan(object), [id])).length
  if (!visible) throw new NotFoundError('There is no such record.', { object: name, id })
  return object
}

export interface ChangeEntry { object: string, recordId: string, rootObject: string, rootId: string, title: string | null, action: string, fields: { key: string, label: string, before: unknown, after: unknown, beforeText: string | null, afterText: string | null }[] }

/** What change sets did to the records that the reader may see, with the fields that he may read. */
export async function changesOf(reading: Reading, sets: string[], limit: number, record?: string | readonly string[]): Promise<Map<string, ChangeEntry[]>> {
  const result = new Map<string, ChangeEntry[]>(sets.map((id) => [id, []]))
  const only = record === undefined ? null : [record].flat()
  if (only?.some((id) => !UUID.test(id))) return result
  const { rows } = await sql<{ change_set_id: string, object: string, record_id: string, root_object: string, root_id: string, action: string, before: Record<string, unknown> | null, after: Record<string, unknown> | null }>`
    select c.* from unnest(${sets}::uuid[]) as s(id) cross join lateral (select * from core.change where change_set_id = s.id ${only ? sql`and root_id = any(${only}::uuid[])` : sql``} order by id limit ${sql.lit(limit)}) c`.execute(reading.db)
  const titles = await visibleTitles(reading, rows.map((r) => [r.root_object, r.root_id]))
  const referenced: [string, string][] = []
  const entries = rows.filter((r) => titles.has(r.root_id)).flatMap((r) => {
    const object = reading.generation.model.objects.get(r.object)
    if (!object || reading.access.scope(object, 'read') === 'none') return []
    // A list that is closed on the record is closed in its history.
    if (r.object !== r.root_object && !objectOf(reading.generation.model, r.root_object).lists.some((l) => l.part && l.object === r.object && reading.access.canList(l))) return []
    const keys = [...new Set([...Object.keys(r.before ?? {}), ...Object.keys(r.after ?? {})])]
    const fields = keys.map((key) => object.byKey.get(key)).filter((f): f is FieldModel => f !== undefined && !f.technical && reading.access.canRead(f))
    for (const f of fields) for (const side of [r.before, r.after]) {
      const stored = side?.[f.key]
      if (f.to && typeof stored === 'string') referenced.push([f.to, stored])
      if (f.type === 'record' && stored) referenced.push(linkOf(stored))
    }
    return [{ row: r, fields }]
  })
  const names = await visibleTitles(reading, referenced)
  for (const { row, fields } of entries) {
    result.get(row.change_set_id)!.push({
      object: row.object, recordId: row.record_id, rootObject: row.root_object, rootId: row.root_id, title: titles.get(row.root_id) ?? null, action: row.action,
      fields: fields.map((field) => {
        const side = (values: Record<string, unknown> | null): [unknown, string | null] => shown(reading, field, values?.[field.key], names)
        const [before, beforeText] = side(row.before)
        const [after, afterText] = side(row.after)
        return { key: field.key, label: textIn(field.label, reading.locale), before, after, beforeText, afterText }
      }),
    })
  }
  return result
}

/** A stored value as the API shows it, and in words. `names` are those of referenced records. Records that the reader may not see are hidden. */
export function shown(reading: Reading, field: FieldModel, stored: unknown, names: ReadonlyMap<string, string | null>): [unknown, string | null] {
  if (stored === null || stored === undefined) return [null, null]
  if (field.to) return names.has(stored as string) ? [stored, names.get(stored as string) ?? null] : [null, '…']
  if (field.type === 'record') {
    const [object, id] = linkOf(stored)
    return names.has(id) ? [{ object, id }, names.get(id) ?? null] : [null, '…']
  }
  if (field.handler.filter === 'stage') return [stored, textIn(reading.generation.stages.get(stored as string)?.name, reading.locale) || null]
  if (field.handler.filter === 'pipeline') return [stored, textIn(reading.generation.pipelines.find((p) => p.id === stored)?.name, reading.locale) || null]
  // What was kept while the field had another type is told as it was.
  if (!isStoredAs(field, stored)) return [stored, typeof stored === 'object' ? JSON.stringify(stored) : String(stored)]
  const row = { id: '', version: 0, ...columnsOfStored(field, stored) }
  const value = valueOf(reading, field, row)
  return [value, wordsOf(reading, field, value) ?? field.handler.text((suffix) => row[(field.columns.find((c) => c.suffix === suffix) ?? field.columns[0]!).name as never], field, reading.locale)]
}

/** Object and id of a `record` field as it is stored. */
const linkOf = (stored: unknown): [object: string, id: string] => [(stored as { object: string }).object, (stored as { value: string }).value]

/** Titles of the records that the reader may see; null where he may not read what names them. */
export async function visibleTitles(reading: Reading, refs: [object: string, id: string][]): Promise<Map<string, string | null>> {
  const titles = new Map<string, string | null>()
  for (const [name, group] of Map.groupBy(refs, ([object]) => object)) {
    const object = reading.generation.model.objects.get(name)
    if (!object || reading.access.scope(object, 'read') === 'none') continue
    const plan = emptyPlan(object)
    const title = object.byKey.get(object.title)
    if (title && reading.access.canRead(title)) plan.fields.set(title.key, title)
    for (const node of await readByIds(reading, plan, [...new Set(group.map(([, id]) => id))])) titles.set(node.id, title ? String(node[title.name] ?? '') || null : null)
  }
  return titles
}

/** From–to history of a field that keeps it. */
export async function fieldHistory(reading: Reading, name: string, id: string, key: string) {
  const object = await requireVisible(reading, name, id)
  const field = readableField(reading, object, key)
  const { rows } = await sql<{ value: string, from_at: Date, to_at: Date | null, change_set_id: string }>`select value, from_at, to_at, change_set_id from core.field_period
    where record_id = ${id} and field = ${key} order by from_at`.execute(reading.db)
  const names = field.to ? await visibleTitles(reading, rows.map((r) => [field.to!, r.value])) : new Map<string, string | null>()
  return rows.map((r) => {
    const [value, text] = shown(reading, field, r.value, names)
    return { value, text, from: r.from_at, to: r.to_at, changeSet: r.change_set_id }
  })
}

/** Stages that a record went through, with their times (rule C.4). A final stage has none: nothing is waited for there. */
export async function stageHistory(reading: Reading, name: string, id: string) {
  const object = await requireVisible(reading, name, id)
  if (!object.staged) return []
  readableField(reading, object, 'stage')
  const { rows } = await sql<{ stage_id: string, pipeline_id: string, kind: string, entered_at: Date, left_at: Date | null, entered_by: string | null, actor: string | null }>`
    select v.stage_id, v.pipeline_id, v.kind, v.entered_at, v.left_at, v.entered_by, s.actor_name as actor from core.stage_visit v
    left join core.change_set s on s.id = v.change_set_id and s.user_id is null where v.record_id = ${id} order by v.entered_at, v.id`.execute(reading.db)
  const people = await visibleTitles(reading, rows.flatMap((r) => (r.entered_by ? [['user', r.entered_by] as [string, string]] : [])))
  return rows.map((r) => {
    const stage = reading.generation.stages.get(r.stage_id) ?? null
    const final = stage ? stage.kind !== 'open' : r.kind === 'final'
    return {
      stage, pipeline: reading.generation.pipelines.find((p) => p.id === r.pipeline_id) ?? null, kind: r.kind.toUpperCase(),
      enteredAt: r.entered_at, leftAt: r.left_at, // A plugin or the system is nobody whose name could be closed.
      by: r.entered_by ? people.get(r.entered_by) ?? null : r.actor,
      seconds: final ? null : Math.round(((r.left_at ?? new Date()).getTime() - r.entered_at.getTime()) / 1000),
    }
  })
}

/** Time of a record in each stage, summed over its visits (rule C.4), in the order in which it came to them. */
export async function stageTimes(reading: Reading, name: string, id: string) {
  const visits = await stageHistory(reading, name, id)
  return [...Map.groupBy(visits.filter((visit) => visit.stage), (visit) => visit.stage!)].map(([stage, of]) => ({
    stage, visits: of.length, seconds: stage.kind === 'open' ? of.reduce((sum, visit) => sum + (visit.seconds ?? 0), 0) : null,
  }))
}

/** How many of the records that a change set changed the reader may see. */
export async function countVisible(reading: Reading, set: string): Promise<number> {
  const { rows: objects } = await sql<{ name: string }>`select distinct root_object as name from core.change where change_set_id = ${set}`.execute(reading.db)
  let count = 0
  for (const { name } of objects) {
    const object = reading.generation.model.objects.get(name)
    if (!object || reading.access.scope(object, 'read') === 'none') continue
    const allowed = accessPredicate(reading.generation.model, reading.access, object, 'read', 'r')
    const { rows } = await sql<{ n: string }>`select count(*) as n from core.${sql.id(object.table)} r
      where r.id in (select root_id from core.change where change_set_id = ${set} and root_object = ${name})${allowed ? sql` and ${allowed}` : sql``}`.execute(reading.db)
    count += Number(rows[0]!.n)
  }
  return count
}
