import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { textIn } from '@kartotek/sdk'
import { listChangeSets, changesOf, type ChangeEntry, type ChangeSetRow } from '../changes/changes.ts'
import type { Caller } from '../access/caller.ts'
import { optionOf } from '../model/field-types/choice.ts'
import { emptyPlan, LISTS, type Node, type Page, type Plan } from '../records/plan.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { readByIds, titleIn, valueIn } from '../records/rows.ts'
import { columnOf, objectOf, type FieldModel, type Model, type ObjectModel } from '../model/model.ts'
import type { TimelineItem } from '../timeline/item.ts'
import { readTimeline } from '../timeline/timeline.ts'
import { documentObjects, namingObjects, paperObjects, peopleOf, personOf } from './person.ts'
import { tracesOf } from './personal-records.ts'
import { allOf, requestsOf } from './requests.ts'
import { Wording, wordIn } from './words.ts'

/** One value by its label. Lists of parts and of other records hold the same again. */
export interface Section { title: string, records: { [label: string]: unknown }[] }
export interface PersonalFile {
  about: { object: string, id: string, name: string }
  made: { at: string, by: string }
  /** False where the one who made it does not see everything that there may be. */
  complete: boolean
  sections: Section[]
  /** What plugins hold. Their rights are their own, so it is for who sees all. */
  plugins: Record<string, unknown>
}

type Form = 'data' | 'words'
interface Telling extends Reading { wording: Wording | null }

/** Records of one kind, beyond which the file says that it is not all. */
const MOST = 10_000

/**
 * All that is held on a person, with the eyes of who asks. That it was made is logged.
 * @param ofPlugins what plugins hold on him beside records
 * @param form values for machines, or as people read them
 */
export async function exportPerson(engine: Engine, caller: Caller, name: string, id: string, ofPlugins: (person: { object: string, id: string }) => Promise<Record<string, unknown>>, form: Form = 'data'): Promise<PersonalFile> {
  const reading: Telling = { ...readingOf(engine, caller), wording: null }
  if (form === 'words') reading.wording = await Wording.of(reading)
  const { model } = reading.generation
  const person = await personOf(reading, name, id)
  const sections: Section[] = []
  const state = { whole: seesAll(reading, person.object) }
  const add = (title: string, records: Section['records']): void => { if (records.length) sections.push({ title, records }) }

  const plan = wholePlan(reading, person.object)
  // What lies in the trash is held, too: those who were merged into him, and what was thrown away.
  const people = (await readByIds(reading, plan, await peopleOf(engine.db, id))).sort((a, b) => Number(b.id === id) - Number(a.id === id))
  const ids = people.map((node) => node.id)
  add(label(reading, person.object), people.map((node) => told(reading, plan, node)))
  const requests = allOf(await requestsOf(engine.db, model, reading.generation.company.country, person.object, ids))
  const traces = await tracesOf(engine.db, model, person.object, ids, requests)
  const linked = [
    ...documentObjects(model, person.object),
    ...namingObjects(model, person.object).filter(({ object }) => !object.partOf.length),
    ...paperObjects(model).map(({ object, subject }) => ({ object, reference: subject })),
  ]
  for (const { object, reference } of linked) {
    state.whole &&= seesAll(reading, object)
    if (reading.access.scope(object, 'read') === 'none' || !reading.access.canRead(reference)) continue
    add(textIn(object.labelPlural, reading.locale), await all(reading, object, reference, reference.type === 'record' ? [...ids, ...requests, ...traces.flatMap((one) => one.ids)] : ids, state, object.name === 'intakeItem' ? requests : traces.find((one) => one.object === object)?.ids ?? []))
  }
  add(wordIn('timeline', reading.locale), await timelineOf(reading, person.object.name, id, state))
  add(wordIn('changes', reading.locale), (await Promise.all(ids.map((one) => changesOn(reading, person.object.name, one, state)))).flat())
  await sql`insert into core.privacy_log (id, kind, object, record_id, user_id, user_name) values (${uuidv7()}, 'export', ${name}, ${id}, ${caller.actor.userId}, ${caller.actor.name})`.execute(engine.db)
  return { about: { object: name, id, name: person.title }, made: { at: new Date().toISOString(), by: caller.actor.name }, complete: state.whole, sections, plugins: state.whole ? await ofPlugins({ object: name, id }) : {} }
}

const label = (reading: Reading, object: ObjectModel): string => textIn(object.label, reading.locale) || object.name
const shown = (reading: Reading, object: ObjectModel): FieldModel[] => object.fields.filter((f) => !f.hidden && (!f.technical || f.key === 'raw') && reading.access.canRead(f))

function seesAll({ access, generation: { model } }: Reading, object: ObjectModel): boolean {
  const whole = (o: ObjectModel): boolean => o.fields.every((f) => f.hidden || f.internal || access.canRead(f))
  return access.scope(object, 'read') === 'all' && whole(object) && object.lists.filter((l) => l.part).every((l) => whole(objectOf(model, l.object)))
}

/** Every field that the reader may read, references by their titles, and the parts. */
function wholePlan(reading: Reading, object: ObjectModel, withParts = true): Plan {
  const { model } = reading.generation
  const plan = emptyPlan(object)
  for (const field of shown(reading, object)) {
    if (field.handler.filter === 'relation') plan.relations.set(field.key, { field, plan: titlePlan(reading, model, field.to!) })
    else plan.fields.set(field.key, field)
  }
  if (withParts) for (const list of object.lists.filter((l) => l.part && reading.access.canList(l))) plan.lists.set(list.name, { list, plan: wholePlan(reading, objectOf(model, list.object), false), args: {}, total: false })
  return plan
}

function titlePlan(reading: Reading, model: Model, name: string): Plan {
  const object = objectOf(model, name)
  const plan = emptyPlan(object)
  const title = object.byKey.get(object.title)
  if (title && reading.access.canRead(title)) plan.fields.set(title.key, title)
  return plan
}

function told(reading: Telling, plan: Plan, node: Node): Record<string, unknown> {
  const result: Record<string, unknown> = reading.wording ? {} : { id: node.id }
  for (const field of shown(reading, plan.object)) {
    const value = valueIn(node, field)
    if (value === null || value === undefined || (Array.isArray(value) && !value.length)) continue
    result[textIn(field.label, reading.locale) || field.key] = reading.wording ? reading.wording.value(field, value) : plain(reading, field, value)
  }
  for (const [key, { list, plan: inner }] of plan.lists) {
    const page = (node as { [LISTS]?: Record<string, Page> })[LISTS]?.[key]
    if (page?.nodes.length) result[textIn(inner.object.labelPlural, reading.locale) || list.name] = page.nodes.map((part) => told(reading, inner, part))
  }
  return result
}

function plain(reading: Reading, field: FieldModel, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => plain(reading, field, one))
  if (typeof value !== 'object' || value === null) return value
  if (field.handler.filter === 'relation') {
    const target = objectOf(reading.generation.model, field.to!)
    return titleIn(value as Node, target) ?? (value as Node).id
  }
  if ('label' in value) return value.label
  if ('title' in value && 'object' in value) return value.title ?? (value as { id?: string }).id
  return value
}

/** Records that name one of these, and `also` these, on every shelf and in the trash, also where he lies there himself. */
async function all(reading: Telling, object: ObjectModel, reference: FieldModel, people: string[], state: { whole: boolean }, also: string[] = []): Promise<Section['records']> {
  const plan = wholePlan(reading, object)
  const { rows } = await sql<{ id: string }>`select id from core.${sql.id(object.table)} where ${sql.id(columnOf(reference))} = any(${people}::uuid[]) or id = any(${also}::uuid[]) order by created_at, id limit ${sql.lit(MOST + 1)}`.execute(reading.db)
  if (rows.length > MOST) state.whole = false
  const ids = rows.slice(0, MOST).map((row) => row.id)
  const records: Section['records'] = []
  for (let i = 0; i < ids.length; i += 200) {
    const chunk = ids.slice(i, i + 200)
    const nodes = await readByIds(reading, plan, chunk)
    records.push(...nodes.sort((a, b) => chunk.indexOf(a.id) - chunk.indexOf(b.id)).map((node) => told(reading, plan, node)))
  }
  return records
}

async function timelineOf(reading: Telling, object: string, id: string, state: { whole: boolean }): Promise<Section['records']> {
  const records: Section['records'] = []
  for (let after: string | null = null; records.length < MOST;) {
    const page = await readTimeline(reading, { object, id, first: 200, after })
    const { wording } = reading
    if (wording) records.push(...page.nodes.filter((item) => !item.changeSet).map((item) => entryInWords(reading, wording, item)))
    else records.push(...page.nodes.filter((item) => !item.changeSet).map(({ kind, at, author, record, heading, text, direction, seconds, data }) => ({ kind, at, author: author.name, record: record?.title ?? null, heading, text, direction, seconds, ...Object.fromEntries(data.map((d) => [d.label, d.value])) })))
    if (!page.hasNextPage) return records
    after = page.endCursor
  }
  state.whole = false
  return records
}

/** An entry by the labels of its fields. */
function entryInWords(reading: Reading, wording: Wording, { at, author, record, data, ...entry }: TimelineItem): Record<string, unknown> {
  const object = objectOf(reading.generation.model, 'timelineEntry')
  const named = (['kind', 'heading', 'text', 'direction', 'seconds'] as const).flatMap((key): [string, unknown][] => {
    const field = object.byKey.get(key)!
    const value = key === 'direction' && entry.direction ? optionOf(field, entry.direction, reading.locale) : entry[key]
    return [[textIn(field.label, reading.locale), wording.value(field, value)]]
  })
  return {
    [wordIn('at', reading.locale)]: wording.moment(at), [wordIn('author', reading.locale)]: author.name, [textIn(object.byKey.get('subject')!.label, reading.locale)]: record?.title ?? null, ...Object.fromEntries(named),
    ...Object.fromEntries(data.map(({ key, label, value }) => { const field = object.byKey.get(key); return [label, field ? wording.value(field, value) : value] })),
  }
}

const FORMATTED = new Set(['integer', 'decimal', 'money', 'boolean', 'date', 'dateTime'])

function changeInWords(reading: Reading, wording: Wording, set: ChangeSetRow, { object, action, fields }: ChangeEntry): Record<string, unknown> {
  const { locale } = reading
  const model = objectOf(reading.generation.model, object)
  // Choices and references have their words already; what was kept while a field had another type is told as it was.
  const side = (key: string, value: unknown, text: string | null): unknown => (value !== null && FORMATTED.has(model.byKey.get(key)?.handler.name ?? '') ? wording.value(model.byKey.get(key)!, value) : text)
  return {
    [wordIn('at', locale)]: wording.moment(set.at.toISOString()), [wordIn('author', locale)]: set.actor_name, [wordIn('action', locale)]: `${textIn(model.label, locale)}: ${wordIn(action, locale)}`,
    [textIn(model.label, locale)]: fields.map((f) => ({ [wordIn('field', locale)]: f.label, [wordIn('before', locale)]: side(f.key, f.before, f.beforeText), [wordIn('after', locale)]: side(f.key, f.after, f.afterText) })),
  }
}

async function changesOn(reading: Telling, object: string, id: string, state: { whole: boolean }): Promise<Section['records']> {
  const records: Section['records'] = []
  for (let after: string | null = null; records.length < MOST;) {
    const { nodes, hasNextPage } = await listChangeSets(reading, { object, record: id, first: 200, after })
    const changes = await changesOf(reading, nodes.map((set) => set.id), MOST, id)
    if ([...changes.values()].some((entries) => entries.length >= MOST)) state.whole = false
    const { wording } = reading
    if (wording) for (const set of nodes) records.push(...(changes.get(set.id) ?? []).map((entry) => changeInWords(reading, wording, set, entry)))
    else for (const set of nodes) for (const { action, fields } of changes.get(set.id) ?? []) records.push({ at: set.at.toISOString(), by: set.actor_name, action, fields: fields.map((f) => ({ field: f.label, before: f.beforeText ?? f.before, after: f.afterText ?? f.after })) })
    if (!hasNextPage) return records
    after = nodes.at(-1)!.id
  }
  state.whole = false
  return records
}
