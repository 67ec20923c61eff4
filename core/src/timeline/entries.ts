import { textIn } from '@kartotek/sdk'
import { sql } from 'kysely'
import { columnOf, objectOf, type FieldModel, type ObjectModel } from '../model/model.ts'
import { compileFilter } from '../records/filter.ts'
import { emptyPlan, LISTS, type Node, type Page, type Plan } from '../records/plan.ts'
import type { Reading } from '../records/reading.ts'
import { readByIds, valueIn } from '../records/rows.ts'
import { searchCondition } from '../records/search.ts'
import { EMPTY, type Batch, type Place, type TimelineItem } from './item.ts'

export interface EntryQuery { ids: string[], kinds?: string[] | null, search?: string | null, pinned?: boolean | null, before?: Place | null, limit: number }

const SHOWN = ['kind', 'happenedAt', 'subject', 'heading', 'text', 'direction', 'seconds', 'pinnedAt', 'owner']

/** What was written down about records, newest first: only what the reader may see, by the same door as every list. */
export async function readEntries(reading: Reading, { ids, kinds, search, pinned, before, limit }: EntryQuery): Promise<Batch> {
  const object = reading.generation.model.objects.get('timelineEntry')
  if (!object || reading.access.scope(object, 'read') === 'none') return EMPTY
  const plan = emptyPlan(object)
  const readable = (key: string): FieldModel | null => { const f = object.byKey.get(key); return f && reading.access.canRead(f) ? f : null }
  for (const key of ['subject', 'happenedAt']) if (!readable(key)) return EMPTY
  for (const key of SHOWN) {
    const field = readable(key)
    if (field?.handler.filter === 'relation') plan.relations.set(key, { field, plan: titledPlan(reading, field.to!) })
    else if (field) plan.fields.set(key, field)
  }
  const added = object.fields.filter((f) => f.group && !f.technical && reading.access.canRead(f))
  for (const field of added) if (field.handler.filter !== 'relation') plan.fields.set(field.key, field)
  const mentions = mentionsIn(reading, object)
  if (mentions) plan.lists.set('mentions', mentions)
  const newest = await newestOf(reading, object, { ids, kinds, search, pinned, before, limit })
  const nodes = new Map((await readByIds(reading, plan, newest.map((row) => row.id))).map((node) => [node.id, node]))
  const last = newest.at(-1)
  return {
    items: newest.flatMap(({ id }) => { const node = nodes.get(id); return node ? [itemOf(reading, added, node)] : [] }),
    next: newest.length === limit && last ? { at: last.at.toISOString(), id: last.id } : null,
  }
}

/**
 * Ids of the newest entries about these records. Each record gives its newest by an index of its own order, and of these few
 * the newest are taken: otherwise all entries of a client of many years would be sorted for one page.
 */
async function newestOf(reading: Reading, object: ObjectModel, { ids, kinds, search, pinned, before, limit }: EntryQuery): Promise<{ id: string, at: Date }[]> {
  const at = (alias: string): string => `${alias}.${columnOf(object.byKey.get('happenedAt')!)}`
  const conditions = [
    compileFilter(reading, object, { ...(kinds ? { kind: { in: kinds } } : {}), ...(pinned ? { pinnedAt: { isNull: false } } : {}) }, 'e'),
    ...(search ? [searchCondition(reading, object, search, 'e')] : []),
    ...(before ? [sql<boolean>`(${sql.ref(at('e'))}, e.id) < (${before.at}::timestamptz, ${before.id}::uuid)`] : []),
  ]
  const { rows } = await sql<{ id: string, at: Date }>`select e.id, e.at from unnest(${ids}::uuid[]) s (id) cross join lateral (
      select e.id, ${sql.ref(at('e'))} as at from core.${sql.id(object.table)} e
      where ${sql.ref(`e.${columnOf(object.byKey.get('subject')!)}`)} = s.id and e.trashed_at is null and e.archived_at is null and ${sql.join(conditions, sql` and `)}
      order by ${sql.ref(at('e'))} desc, e.id desc limit ${sql.lit(limit)}) e
    order by e.at desc, e.id desc limit ${sql.lit(limit)}`.execute(reading.db)
  return rows
}

/** Whom entries call, as far as the reader may know it. */
function mentionsIn(reading: Reading, object: ObjectModel): ReturnType<Plan['lists']['get']> {
  const list = object.lists.find((l) => l.name === 'mentions' && l.part)
  const part = list && reading.generation.model.objects.get(list.object)
  const user = part?.byKey.get('user')
  if (!list || !part || !user || !reading.access.canList(list) || !reading.access.canRead(user)) return undefined
  const plan = emptyPlan(part)
  plan.relations.set('user', { field: user, plan: titledPlan(reading, 'user') })
  return { list, plan, args: {}, total: false }
}

/** A plan that reads what names a record. */
export function titledPlan(reading: Reading, name: string): ReturnType<typeof emptyPlan> {
  const object = objectOf(reading.generation.model, name)
  const plan = emptyPlan(object)
  const title = object.byKey.get(object.title)
  if (title && reading.access.canRead(title)) plan.fields.set(title.key, title)
  return plan
}

/** What plugins copy onto entries stands in fields of theirs of these names, with the rights of where it comes from. */
export const COPIED: ReadonlySet<string> = new Set(['heading', 'text'])
const isCopy = ({ name, group }: FieldModel): boolean => COPIED.has(name) && group !== 'custom'

function itemOf(reading: Reading, added: FieldModel[], node: Node): TimelineItem {
  const copies = new Map(added.flatMap((field) => { const value = isCopy(field) ? valueIn(node, field) : null; return value == null ? [] : [[field.name, String(value)]] }))
  const said = (name: 'heading' | 'text'): string | null => copies.get(name) ?? (node[name] as string | null | undefined) ?? null
  const owner = node.owner as (Node & { name?: string }) | null | undefined
  const choice = node.direction as { key: string } | null | undefined
  return {
    id: node.id, kind: String(node.kind), at: String(node.happenedAt), version: node.version,
    author: { id: owner?.id ?? null, name: owner?.name ?? null },
    record: node.subject as TimelineItem['record'],
    heading: said('heading'), text: said('text'), direction: choice?.key ?? null,
    seconds: (node.seconds as number | null) ?? null, pinnedAt: (node.pinnedAt as string | null) ?? null,
    data: added.filter((field) => !isCopy(field)).flatMap((field) => { const value = valueIn(node, field); return value == null ? [] : [{ key: field.key, label: textIn(field.label, reading.locale), value }] }),
    mentions: (node[LISTS as never] as Record<string, Page> | undefined)?.mentions?.nodes.flatMap(({ user }) => { const one = user as (Node & { name?: string }) | null; return one ? [{ id: one.id, name: one.name ?? null }] : [] }) ?? [],
    copied: copies.size > 0, changeSet: null, action: null, fields: [],
  }
}
