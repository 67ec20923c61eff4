import { textIn, type Localized, type NotificationKind, type ShownNotification } from '@kartotek/sdk'
import { visibleTitles } from '../changes/changes.ts'
import { stoodInBy } from '../handover/standing-in.ts'
import { emptyPlan, type Node } from '../records/plan.ts'
import type { Reading } from '../records/reading.ts'
import { readByIds } from '../records/rows.ts'
import { manyTold } from './many.ts'

/** A row of `core.notification`. */
export interface NotificationRow {
  id: string
  kind: string
  object: string | null
  record_id: string | null
  /** It is about many records: those of the object that a change gave to the person, or all that a hand-over gave him. */
  change_set_id: string | null
  hand_over_id: string | null
  /** The absent person whom it was meant for. */
  for_id: string | null
  params: Record<string, string | number>
  text: Localized | string | null
  at: Date
  read_at: Date | null
}

/** A notification with what its reader needs in the app. */
export interface Shown extends ShownNotification { readAt: string | null }

const STANDING_IN = { ru: 'Замещение, {name}: ', uk: 'Заміщення, {name}: ', fi: 'Sijaisuus, {name}: ', en: 'Standing in for {name}: ' }

/** What a timeline entry says, and the record that it is about: an entry has no card of its own. */
interface Said { record: { object: string, id: string, title: string | null }, text: string | null }

/**
 * The notifications as their reader may see them now, in his language. What is about a record that he may not see any more
 * is left out, and what was meant for a person for whom he does not stand in any more. `counted`: false where nobody reads the words.
 */
export async function show(reading: Reading, all: readonly NotificationRow[], kinds: ReadonlyMap<string, NotificationKind>, counted = true): Promise<Shown[]> {
  const absent = await stoodInBy(reading, all.flatMap((row) => row.for_id ?? []))
  const rows = all.filter((row) => row.for_id === null || absent.has(row.for_id))
  const entries = await said(reading, rows.flatMap((row) => (row.object === 'timelineEntry' ? row.record_id! : [])))
  const many = await manyTold(reading, rows.filter(isAboutMany), counted)
  const about = rows.filter((row) => row.record_id !== null && row.object !== 'timelineEntry').map((row): [string, string] => [row.object!, row.record_id!])
  const people = rows.flatMap((row): [string, string][] => [row.params.by, row.for_id].flatMap((id) => (typeof id === 'string' ? [['user', id]] : [])))
  const titles = await visibleTitles(reading, about)
  const names = await visibleTitles(reading, people)
  return rows.flatMap((row): Shown[] => {
    const id = row.record_id
    const entry = row.object === 'timelineEntry' ? entries.get(id!) : undefined
    if (isAboutMany(row) ? !many.has(row.id) : row.object !== null && (row.object === 'timelineEntry' ? !entry : !titles.has(id!))) return []
    const kind = kinds.get(row.kind)
    const by = names.get(String(row.params.by)) ?? null
    const words = (row.for_id === null && ((by !== null && kind?.titleBy) || kind?.title)) || kind?.label
    const values: Record<string, string | number> = { ...row.params, by: by ?? '' }
    const title = textIn(words || { en: row.kind }, reading.locale).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
    return [{
      id: row.id, kind: row.kind, icon: kind?.icon ?? 'bell',
      title: row.for_id === null ? title : textIn(STANDING_IN, reading.locale).replace('{name}', () => names.get(row.for_id!) ?? '…') + title,
      text: (typeof row.text === 'string' ? row.text : textIn(row.text ?? undefined, reading.locale)) || many.get(row.id) || entry?.text || null,
      record: id === null ? null : entry?.record ?? { object: row.object!, id, title: titles.get(id) ?? null },
      at: row.at.toISOString(), readAt: row.read_at?.toISOString() ?? null,
    }]
  })
}

const isAboutMany = (row: NotificationRow): boolean => row.change_set_id !== null || row.hand_over_id !== null

async function said(reading: Reading, ids: string[]): Promise<Map<string, Said>> {
  const object = reading.generation.model.objects.get('timelineEntry')
  const subject = object?.byKey.get('subject')
  if (!object || !subject || !ids.length || reading.access.scope(object, 'read') === 'none' || !reading.access.canRead(subject)) return new Map()
  const plan = emptyPlan(object)
  for (const key of ['subject', 'text']) {
    const field = object.byKey.get(key)!
    if (reading.access.canRead(field)) plan.fields.set(key, field)
  }
  plan.fields.set('trashedAt', object.byKey.get('trashedAt')!)
  const nodes = await readByIds(reading, plan, ids)
  return new Map(nodes.flatMap((node: Node): [string, Said][] => {
    const record = node.subject as Said['record'] | null
    // What somebody took back is not told any more.
    return record && !node.trashedAt ? [[node.id, { record: { object: record.object, id: record.id, title: record.title ?? null }, text: (node.text as string | null) ?? null }]] : []
  }))
}
