import { sql, type RawBuilder } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, textIn, type Locale } from '@kartotek/sdk'
import { SYSTEM_CALLER, type Caller } from '../access/caller.ts'
import { columnOf, objectOf, type FieldModel, type ObjectModel } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { write, type Writing } from '../records/write/writing.ts'
import { documentObjects, namingObjects, paperObjects } from './person.ts'

type Db = Engine['db']
type Sql = RawBuilder<unknown>

/** What goes or stays, how much of it, and why. Words for people are made of the codes. */
export interface Piece { what: 'fields' | 'parts' | 'entries' | 'papers' | 'files' | 'history' | 'documents' | 'consents' | 'references', object: string, count: number, why?: 'legalTerm' | 'proof' | 'others' }
export interface ErasurePlan { goes: Piece[], stays: Piece[] }

export interface Eraser {
  engine: Engine
  /** Removes contents of files, and asks plugins to forget, once the transaction has committed. */
  after(trx: Db, contents: string[], person: { object: string, id: string }): Promise<void>
}

const ERASED: Record<Locale, string> = { ru: 'Данные стёрты', uk: 'Дані стерто', fi: 'Tiedot poistettu', en: 'Data erased' }
/** Texts, and what else may tell who somebody is. */
const TELLING = new Set(['text', 'longText', 'email', 'phone', 'url', 'address', 'taxId'])
const table = (object: ObjectModel): Sql => sql`core.${sql.id(object.table)}`
const own = (field: FieldModel): boolean => !field.id.startsWith('base:')

/** Fields of the person that are emptied: all but what only sorts people, and what the law wants kept. */
function emptied(object: ObjectModel): FieldModel[] {
  return object.fields.filter((f) => own(f) && f.key !== object.title && !(f.required && f.type === 'select') && !['doNotContact', 'erasedAt'].includes(f.key))
}

/** Fields of papers and documents in which something may be written about the person. */
function telling(object: ObjectModel): FieldModel[] {
  return object.fields.filter((f) => own(f) && !f.required && !f.unique && !f.format && (TELLING.has(f.type) || f.group !== '') && (f.key !== object.title || object.name === 'timelineEntry'))
}

/** Required titles get words instead of nothing. */
const named = (object: ObjectModel): FieldModel | null => { const title = object.byKey.get(object.title); return title?.required && title.type === 'text' ? title : null }

/** What would go and what would stay. */
export async function planErasure(engine: Engine, object: ObjectModel, id: string): Promise<ErasurePlan> {
  const { model } = engine.live.current
  const count = async (from: Sql): Promise<number> => Number((await sql<{ n: string }>`select count(*) as n from ${from}`.execute(engine.db)).rows[0]!.n)
  const goes: Piece[] = []
  const stays: Piece[] = []
  const { rows: [row] } = await sql<Record<string, unknown>>`select * from ${table(object)} where id = ${id}`.execute(engine.db)
  goes.push({ what: 'fields', object: object.name, count: 1 + emptied(object).filter((f) => row?.[columnOf(f)] != null).length })
  for (const list of object.lists.filter((l) => l.part)) {
    const part = objectOf(model, list.object)
    goes.push({ what: 'parts', object: part.name, count: await count(sql`${table(part)} where ${sql.id(columnOf(part.byKey.get(list.field)!))} = ${id}`) })
  }
  const documents: string[] = []
  for (const { object: other, reference } of documentObjects(model, object)) {
    const { rows } = await sql<{ id: string }>`select id from ${table(other)} where ${sql.id(columnOf(reference))} = ${id}`.execute(engine.db)
    documents.push(...rows.map((r) => r.id))
    stays.push({ what: 'documents', object: other.name, count: rows.length, why: 'legalTerm' })
  }
  for (const { object: paper, subject } of paperObjects(model)) {
    const about = (ids: readonly string[]): Sql => sql`${table(paper)} where ${sql.id(columnOf(subject))} = any(${ids}::uuid[])`
    if (paper.name === 'consent') stays.push({ what: 'consents', object: paper.name, count: await count(about([id])), why: 'proof' })
    else if (paper.name === 'file') {
      goes.push({ what: 'files', object: paper.name, count: await count(about([id])) })
      stays.push({ what: 'files', object: paper.name, count: await count(about(documents)), why: 'legalTerm' })
    } else goes.push({ what: paper.name === 'timelineEntry' ? 'entries' : 'papers', object: paper.name, count: await count(about([id, ...documents])) })
  }
  goes.push({ what: 'history', object: object.name, count: await count(sql`core.change where root_id = ${id}`) })
  for (const { object: other, reference } of namingObjects(model, object)) stays.push({ what: 'references', object: other.name, count: await count(sql`${table(other)} where ${sql.id(columnOf(reference))} = ${id}`), why: 'others' })
  return { goes: goes.filter((p) => p.count), stays: stays.filter((p) => p.count) }
}

/**
 * Makes a person nameless, for good: himself, what was written about him, his files, and the values in the history of all that.
 * Documents keep their numbers, dates and sums. That it was done is kept, what was there is not.
 */
export async function erasePerson({ engine, after }: Eraser, by: Caller, object: string, id: string): Promise<void> {
  const { current } = engine.live
  const caller: Caller = { ...SYSTEM_CALLER, actor: { ...SYSTEM_CALLER.actor, name: by.actor.name, id: by.actor.id, userId: by.actor.userId } }
  const plan = await planErasure(engine, objectOf(current.model, object), id)
  await write(engine, caller, { summary: { key: 'personErased' }, withoutRules: true }, async (w) => {
    const { model, company } = w.generation
    const person = objectOf(model, object)
    const words = `${textIn(ERASED, company.locale)} · ${id.slice(-6)}`
    const { rows: [row] } = await sql<{ erased: Date | null }>`select ${sql.id(columnOf(person.byKey.get('erasedAt')!))} as erased from ${table(person)} where id = ${id} for update`.execute(w.db)
    if (!row || row.erased) throw new ConflictError('This person was erased already.', { id })

    const keys = [...emptied(person), ...named(person) ? [named(person)!] : []].map((f) => f.key)
    await empty(w.db, person, emptied(person), words, sql`id = ${id}`, sql`, search = '', version = version + 1, updated_at = ${w.now}, updated_by = ${by.actor.userId}, ${sql.id(columnOf(person.byKey.get('erasedAt')!))} = ${w.now}`)
    await emptyHistory(w.db, [id], keys)
    await sql`delete from core.field_period where record_id = ${id} and field <> 'owner'`.execute(w.db)
    for (const list of person.lists.filter((l) => l.part)) {
      const part = objectOf(model, list.object)
      await sql`delete from ${table(part)} where ${sql.id(columnOf(part.byKey.get(list.field)!))} = ${id}`.execute(w.db)
    }
    await sql`delete from core.change where root_id = ${id} and record_id <> ${id}`.execute(w.db)

    const documents = await emptyDocuments(w, person, id, words)
    const contents = await emptyPapers(w, id, documents, words)
    await forgetTraces(w.db, [id, ...documents, ...contents.papers], id)
    w.changes.push({ object, recordId: id, rootObject: object, rootId: id, action: 'update', version: 0, fields: keys, before: null, after: null })
    for (const name of [`${object}.updated`, `${object}.erased`]) w.events.push({ name, object, recordId: id, changeSetId: w.changeSetId, changed: keys })
    await sql`insert into core.privacy_log (id, kind, object, record_id, user_id, user_name, counts) values (${uuidv7()}, 'erasure', ${object}, ${id}, ${by.actor.userId}, ${by.actor.name}, ${JSON.stringify(plan)})`.execute(w.db)
    await after(w.db, contents.keys, { object, id })
  })
}

async function empty(db: Db, object: ObjectModel, fields: readonly FieldModel[], words: string, where: Sql, also: Sql = sql``): Promise<void> {
  const title = named(object)
  const sets = [...fields.flatMap((f) => f.columns.map((c) => sql`${sql.id(c.name)} = null`)), ...title ? [sql`${sql.id(columnOf(title))} = ${words}`] : []]
  if (sets.length) await sql`update ${table(object)} set ${sql.join(sets)} ${also} where ${where}`.execute(db)
}

/** Takes values out of the audit trail; that something was changed, when and by whom, stays. */
async function emptyHistory(db: Db, ids: readonly string[], keys: readonly string[]): Promise<void> {
  await sql`update core.change set before = before - ${keys}::text[], after = after - ${keys}::text[] where record_id = any(${ids}::uuid[])`.execute(db)
}

/** Orders and the like: numbers, dates, sums and lines stay; addresses and comments go. */
async function emptyDocuments(w: Writing, person: ObjectModel, id: string, words: string): Promise<string[]> {
  const all: string[] = []
  for (const { object, reference } of documentObjects(w.generation.model, person)) {
    const { rows } = await sql<{ id: string }>`select id from ${table(object)} where ${sql.id(columnOf(reference))} = ${id} for update`.execute(w.db)
    const ids = rows.map((r) => r.id)
    if (!ids.length) continue
    const number = object.byKey.get(object.title)
    const search = number?.searchable ? sql`, search = lower(coalesce(${sql.id(columnOf(number))}, '')), version = version + 1` : sql`, search = '', version = version + 1`
    // Their numbers are not replaced by words.
    await empty(w.db, { ...object, title: '' }, telling(object), words, sql`id = any(${ids}::uuid[])`, search)
    await emptyHistory(w.db, ids, telling(object).map((f) => f.key))
    all.push(...ids)
  }
  return all
}

/** Entries and tasks lose their texts, files go. @returns keys of contents to remove, and whose traces to forget */
async function emptyPapers(w: Writing, id: string, documents: string[], words: string): Promise<{ keys: string[], papers: string[] }> {
  const { model } = w.generation
  const keys: string[] = []
  const papers: string[] = []
  for (const { object, subject } of paperObjects(model)) {
    const about = object.name === 'file' || object.name === 'consent' ? [id] : [id, ...documents]
    const { rows } = await sql<{ id: string }>`select id from ${table(object)} where ${sql.id(columnOf(subject))} = any(${about}::uuid[]) for update`.execute(w.db)
    const ids = rows.map((r) => r.id)
    if (!ids.length) continue
    papers.push(...ids)
    if (object.name === 'consent') {
      // What was agreed to and when is a proof; how it was told may name somebody.
      await sql`update ${table(object)} set ${sql.id(columnOf(object.byKey.get('source')!))} = '' where id = any(${ids}::uuid[])`.execute(w.db)
      await emptyHistory(w.db, ids, ['source'])
      continue
    }
    if (object.name === 'file') {
      const { rows: versions } = await sql<{ id: string }>`delete from core.file_version where file_id = any(${ids}::uuid[]) returning id`.execute(w.db)
      keys.push(...versions.flatMap((v) => [v.id, `${v.id}.preview`]))
      await sql`delete from ${table(object)} where id = any(${ids}::uuid[])`.execute(w.db)
      await emptyHistory(w.db, ids, object.fields.filter(own).map((f) => f.key))
      continue
    }
    await empty(w.db, object, telling(object), words, sql`id = any(${ids}::uuid[])`, sql`, search = '', version = version + 1`)
    await emptyHistory(w.db, ids, [...telling(object), ...named(object) ? [named(object)!] : []].map((f) => f.key))
    for (const list of object.lists.filter((l) => l.part)) {
      const part = objectOf(model, list.object)
      const back = columnOf(part.byKey.get(list.field)!)
      await empty(w.db, part, telling(part), words, sql`${sql.id(back)} = any(${ids}::uuid[])`)
      await sql`update core.change set before = before - ${[...telling(part), ...named(part) ? [named(part)!] : []].map((f) => f.key)}::text[], after = after - ${[...telling(part), ...named(part) ? [named(part)!] : []].map((f) => f.key)}::text[]
        where root_id = any(${ids}::uuid[]) and object = ${part.name}`.execute(w.db)
    }
  }
  return { keys, papers }
}

/** What else keeps words about records: notices, logs of rules and webhooks, names in other systems. */
async function forgetTraces(db: Db, ids: string[], id: string): Promise<void> {
  await sql`delete from core.notification where record_id = any(${ids}::uuid[])`.execute(db)
  await sql`update core.automation_run set steps = '[]', error = null where record_id = any(${ids}::uuid[])`.execute(db)
  await sql`update core.webhook_delivery set response = null where record_id = any(${ids}::uuid[])`.execute(db)
  await sql`delete from core.external_ref where record_id = ${id}`.execute(db)
  await sql`delete from core.idempotency where result::text like ${`%${id}%`}`.execute(db)
}
