import { sql, type RawBuilder } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, textIn, type Locale } from '@kartotek/sdk'
import { SYSTEM_CALLER, type Caller } from '../access/caller.ts'
import { columnOf, objectOf, type FieldModel, type Model, type ObjectModel } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { write, type Writing } from '../records/write/writing.ts'
import { deletedColumns } from '../model/field-deletion.ts'
import { spareColumns } from '../retyping/undo.ts'
import { documentObjects, namingObjects, paperObjects, peopleOf } from './person.ts'
import { isTrace, tracesOf, type Hanging } from './personal-records.ts'
import { documentParts, isOwn, TELLING, worded, writtenIn } from './document-parts.ts'
import { allOf, requestsOf } from './requests.ts'

type Db = Engine['db']
type Sql = RawBuilder<unknown>

/** What goes or stays, how much of it, and why. Words for people are made of the codes. */
export interface Piece { what: 'fields' | 'parts' | 'requests' | 'entries' | 'papers' | 'files' | 'history' | 'documents' | 'consents' | 'references', object: string, count: number, why?: 'legalTerm' | 'proof' | 'others' | 'found' | 'shared', /** Which, where people should look at them before. */ records?: string[] }
export interface ErasurePlan { goes: Piece[], stays: Piece[] }

export interface Eraser {
  engine: Engine
  /** Removes contents of files, and asks plugins to forget, once the transaction has committed. */
  after(trx: Db, contents: string[], person: { object: string, id: string }): Promise<void>
}

/** One word: two would look like a name, and all who were erased like one person. */
const ERASED: Record<Locale, string> = { ru: 'Стёрто', uk: 'Стерто', fi: 'Poistettu', en: 'Erased' }
const table = (object: ObjectModel): Sql => sql`core.${sql.id(object.table)}`

/** Fields of the person that are emptied: all but what only sorts people, and what the law wants kept. */
function emptied(object: ObjectModel): FieldModel[] {
  return object.fields.filter((f) => isOwn(f) && f.key !== object.title && !(f.required && f.type === 'select') && !['doNotContact', 'erasedAt'].includes(f.key))
}

/** Fields of papers and documents in which something may be written about the person. */
function telling(object: ObjectModel): FieldModel[] {
  return object.fields.filter((f) => f.identifying || (isOwn(f) && !f.required && !f.unique && !f.format && (TELLING.has(f.type) || f.group !== '') && (f.key !== object.title || object.name === 'timelineEntry' || !f.readOnly)))
}

/** Required titles get words instead of nothing. */
const named = (object: ObjectModel): FieldModel | null => { const title = object.byKey.get(object.title); return title?.required && title.type === 'text' ? title : null }

/** Keys of all that may be written about the person, its title included. */
const writtenKeys = (object: ObjectModel): string[] => [...telling(object), ...named(object) ? [named(object)!] : []].map((f) => f.key)

/** What would go and what would stay. */
export async function planErasure(engine: Engine, name: string, id: string): Promise<ErasurePlan> {
  // What is hidden now comes back one day.
  const model = await engine.live.withHidden(engine.db)
  const object = objectOf(model, name)
  const count = async (from: Sql): Promise<number> => Number((await sql<{ n: string }>`select count(*) as n from ${from}`.execute(engine.db)).rows[0]!.n)
  const goes: Piece[] = []
  const stays: Piece[] = []
  const { rows: [row] } = await sql<Record<string, unknown>>`select * from ${table(object)} where id = ${id}`.execute(engine.db)
  const people = await peopleOf(engine.db, id)
  goes.push({ what: 'fields', object: object.name, count: 1 + emptied(object).filter((f) => row?.[columnOf(f)] != null).length })
  for (const list of object.lists.filter((l) => l.part)) {
    const part = objectOf(model, list.object)
    goes.push({ what: 'parts', object: part.name, count: await count(sql`${table(part)} where ${sql.id(columnOf(part.byKey.get(list.field)!))} = any(${people}::uuid[])`) })
  }
  const { linked, found, shared } = await requestsOf(engine.db, model, engine.live.current.company.country, object, people)
  const requests = [...linked, ...found]
  goes.push({ what: 'requests', object: 'intakeItem', count: linked.length }, { what: 'requests', object: 'intakeItem', count: found.length, why: 'found', records: found })
  stays.push({ what: 'requests', object: 'intakeItem', count: shared.length, why: 'shared', records: shared })
  const documents: string[] = []
  for (const { object: other, reference } of documentObjects(model, object)) {
    if (other.name === 'intakeItem' || isTrace(other)) continue
    const { rows } = await sql<{ id: string }>`select id from ${table(other)} where ${sql.id(columnOf(reference))} = any(${people}::uuid[])`.execute(engine.db)
    const ids = rows.map((r) => r.id)
    documents.push(...ids)
    for (const { part, where } of documentParts(model, other, ids)) goes.push({ what: 'parts', object: part.name, count: await count(sql`${table(part)} where ${where}`) })
    stays.push({ what: 'documents', object: other.name, count: rows.length, why: 'legalTerm' })
  }
  const traces = await tracesOf(engine.db, model, object, people, requests)
  for (const { object: trace, ids } of traces) goes.push({ what: 'papers', object: trace.name, count: ids.length })
  const his = [...people, ...requests, ...traces.flatMap(({ ids }) => ids)]
  for (const { object: paper, subject } of paperObjects(model)) {
    const about = (ids: readonly string[]): Sql => sql`${table(paper)} where ${sql.id(columnOf(subject))} = any(${ids}::uuid[])`
    if (paper.name === 'consent') stays.push({ what: 'consents', object: paper.name, count: await count(about(people)), why: 'proof' })
    else if (paper.name === 'file') {
      goes.push({ what: 'files', object: paper.name, count: await count(about(his)) })
      stays.push({ what: 'files', object: paper.name, count: await count(about(documents)), why: 'legalTerm' })
    } else goes.push({ what: paper.name === 'timelineEntry' ? 'entries' : 'papers', object: paper.name, count: await count(about([...his, ...documents])) })
  }
  goes.push({ what: 'history', object: object.name, count: await count(sql`core.change where root_id = any(${people}::uuid[])`) })
  for (const { object: other, reference } of namingObjects(model, object).filter((n) => n.object.name !== 'intakeItem' && !isTrace(n.object))) stays.push({ what: 'references', object: other.name, count: await count(sql`${table(other)} where ${sql.id(columnOf(reference))} = ${id}`), why: 'others' })
  return { goes: goes.filter((p) => p.count), stays: stays.filter((p) => p.count) }
}

/** Whether what was found is still so, asked while the record is locked: nobody is erased who stirred meanwhile. */
export type StillSo = (db: Db) => Promise<boolean>

/**
 * Makes a person nameless, for good: himself, what was written about him, his files, and the values in the history of all that.
 * Documents keep their numbers, dates and sums. That it was done is kept, what was there is not.
 */
export async function erasePerson({ engine, after }: Eraser, by: Caller, object: string, id: string, stillSo?: StillSo): Promise<void> {
  const caller: Caller = { ...SYSTEM_CALLER, actor: { ...SYSTEM_CALLER.actor, name: by.actor.name, id: by.actor.id, userId: by.actor.userId } }
  const plan = await planErasure(engine, object, id)
  await write(engine, caller, { summary: { key: 'personErased' }, withoutRules: true }, async (w) => {
    const { company } = w.generation
    const model = await engine.live.withHidden(w.db)
    const person = objectOf(model, object)
    const words = textIn(ERASED, company.locale)
    const { rows: [row] } = await sql<{ erased: Date | null }>`select ${sql.id(columnOf(person.byKey.get('erasedAt')!))} as erased from ${table(person)} where id = ${id} for update`.execute(w.db)
    if (!row || row.erased) throw new ConflictError('This person was erased already.', { id })
    if (stillSo && !await stillSo(w.db)) return

    // Who was merged into him lies in the trash as he was.
    const people = await peopleOf(w.db, id)
    // By his name and numbers, while they are there.
    const requests = allOf(await requestsOf(w.db, model, company.country, person, people))
    const hanging = await tracesOf(w.db, model, person, people, requests)
    const keys = [...emptied(person), ...named(person) ? [named(person)!] : []].map((f) => f.key)
    await empty(w, person, emptied(person), words, sql`id = any(${people}::uuid[])`, sql`, search = '', version = version + 1, updated_by = ${by.actor.userId}, ${sql.id(columnOf(person.byKey.get('erasedAt')!))} = ${w.now}`)
    await emptyHistory(w.db, people, keys)
    await sql`delete from core.field_period where record_id = any(${people}::uuid[]) and field <> 'owner'`.execute(w.db)
    for (const list of person.lists.filter((l) => l.part)) {
      const part = objectOf(model, list.object)
      await sql`delete from ${table(part)} where ${sql.id(columnOf(part.byKey.get(list.field)!))} = any(${people}::uuid[])`.execute(w.db)
    }
    await sql`delete from core.change where root_id = any(${people}::uuid[]) and record_id <> root_id`.execute(w.db)

    await emptyRequests(w, model, requests)
    const documents = await emptyDocuments(w, model, await documentsOf(w, model, person, people), words)
    const traces = await emptyDocuments(w, model, hanging, words)
    const contents = await emptyPapers(w, model, [...people, ...requests, ...traces], documents, words, requests)
    await forgetTraces(w.db, people, [...people, ...requests, ...documents, ...traces, ...contents.papers])
    w.changes.push({ object, recordId: id, rootObject: object, rootId: id, action: 'update', version: 0, fields: keys, before: null, after: null })
    for (const name of [`${object}.updated`, `${object}.erased`]) w.events.push({ name, object, recordId: id, changeSetId: w.changeSetId, changed: keys })
    const counts = (pieces: Piece[]): Piece[] => pieces.map(({ records: _, ...piece }) => piece)
    await logErasure(w.db, by, object, id, { goes: counts(plan.goes), stays: counts(plan.stays) })
    await after(w.db, contents.keys, { object, id })
    for (const request of requests) await after(w.db, [], { object: 'intakeItem', id: request })
  })
}

async function logErasure(db: Db, by: Caller, object: string, id: string, counts: object): Promise<void> {
  await sql`insert into core.privacy_log (id, kind, object, record_id, user_id, user_name, counts) values (${uuidv7()}, 'erasure', ${object}, ${id}, ${by.actor.userId}, ${by.actor.name}, ${JSON.stringify(counts)})`.execute(db)
}

/** Empties a request that became nobody's, for good, with all that was written about it. */
export async function eraseRequest({ engine, after }: Eraser, by: Caller, id: string, stillSo?: StillSo): Promise<void> {
  await write(engine, by, { summary: { key: 'personErased' }, withoutRules: true }, async (w) => {
    await sql`select 1 from core.intake_item where id = ${id} for update`.execute(w.db)
    if (stillSo && !await stillSo(w.db)) return
    const words = textIn(ERASED, w.generation.company.locale)
    const model = await engine.live.withHidden(w.db)
    const hanging = await tracesOf(w.db, model, null, [], [id])
    await emptyRequests(w, model, [id])
    const traces = await emptyDocuments(w, model, hanging, words)
    const { keys, papers } = await emptyPapers(w, model, [id, ...traces], [], words, [id])
    await forgetTraces(w.db, [id], [id, ...traces, ...papers])
    w.changes.push({ object: 'intakeItem', recordId: id, rootObject: 'intakeItem', rootId: id, action: 'update', version: 0, fields: ['text'], before: null, after: null })
    await logErasure(w.db, by, 'intakeItem', id, { goes: [{ what: 'requests', object: 'intakeItem', count: 1 }], stays: [] })
    await after(w.db, keys, { object: 'intakeItem', id })
  })
}

/** That something came by a channel on a day stays; who and what it was goes, with the raw delivery. */
async function emptyRequests(w: Writing, model: Model, ids: string[]): Promise<void> {
  const item = model.objects.get('intakeItem')
  if (!item || !ids.length) return
  const keep = ['channel', 'source', 'deliveryKey', 'rule', 'entry']
  const fields = item.fields.filter((f) => isOwn(f) && !f.required && !keep.includes(f.key) && (TELLING.has(f.type) || f.group !== ''))
  // The same delivery is still known as one, by a name that tells nothing.
  await empty(w, { ...item, title: '' }, fields, '', sql`id = any(${ids}::uuid[])`, sql`, search = '', version = version + 1, ${sql.id(columnOf(item.byKey.get('deliveryKey')!))} = 'erased:' || id`)
  await emptyHistory(w.db, ids, [...fields.map((f) => f.key), 'deliveryKey'])
  for (const list of item.lists.filter((l) => l.part && l.object !== 'intakeOffer')) {
    const part = objectOf(model, list.object)
    await sql`delete from ${table(part)} where ${sql.id(columnOf(part.byKey.get(list.field)!))} = any(${ids}::uuid[])`.execute(w.db)
    await sql`delete from core.change where root_id = any(${ids}::uuid[]) and object = ${part.name}`.execute(w.db)
  }
  await sql`update core.intake_decision set params = '{}' where item_id = any(${ids}::uuid[])`.execute(w.db)
}

/** Empties fields. That it was done shows as a change: what copies rows meanwhile must look at them again. */
async function empty(w: Writing, object: ObjectModel, fields: readonly FieldModel[], words: string, where: Sql, also: Sql = sql``): Promise<void> {
  const title = named(object)
  const replaced = fields.filter((f) => f.required && f !== title)
  const columns = [...fields.filter((f) => !replaced.includes(f)).flatMap((f) => f.columns.map((c) => c.name)), ...await spareColumns(w.db, object.name), ...await deletedColumns(w.db, object.name)]
  const sets = [sql`updated_at = ${w.now}`, ...columns.map((name) => sql`${sql.id(name)} = null`), ...title ? [sql`${sql.id(columnOf(title))} = ${words}`] : [],
    ...replaced.map((f) => sql`${sql.id(columnOf(f))} = ${f.unique ? sql`'erased:' || id` : words}`)]
  await sql`update ${table(object)} set ${sql.join(sets)} ${also} where ${where}`.execute(w.db)
}

/** Takes values out of the audit trail, of records or of their parts; that something was changed, when and by whom, stays. */
async function emptyHistory(db: Db, ids: readonly string[], keys: readonly string[], part?: ObjectModel): Promise<void> {
  const which = part ? sql`root_id = any(${ids}::uuid[]) and object = ${part.name}` : sql`record_id = any(${ids}::uuid[])`
  // Nothing else tells of fields that were deleted.
  const deleted = sql`array(select 'custom.' || name from core.deleted_field d where d.object = change.object)`
  await sql`update core.change set before = before - ${keys}::text[] - ${deleted}, after = after - ${keys}::text[] - ${deleted} where ${which}`.execute(db)
}

/** Orders and the like, locked. */
async function documentsOf(w: Writing, model: Model, person: ObjectModel, people: string[]): Promise<Hanging[]> {
  const result: Hanging[] = []
  for (const { object, reference } of documentObjects(model, person)) {
    if (object.name === 'intakeItem' || isTrace(object)) continue
    const { rows } = await sql<{ id: string }>`select id from ${table(object)} where ${sql.id(columnOf(reference))} = any(${people}::uuid[]) for update`.execute(w.db)
    result.push({ object, ids: rows.map((r) => r.id) })
  }
  return result
}

/** Of documents numbers, dates, sums and lines stay; addresses and comments go, in their parts too. Of traces goes what tells whose they are. */
async function emptyDocuments(w: Writing, model: Model, hanging: Hanging[], words: string): Promise<string[]> {
  const all: string[] = []
  for (const { object, ids } of hanging) {
    if (!ids.length) continue
    const number = object.byKey.get(object.title)
    const search = number?.searchable && !telling(object).includes(number) ? sql`, search = lower(coalesce(${sql.id(columnOf(number))}, '')), version = version + 1` : sql`, search = '', version = version + 1`
    // Their numbers are not replaced by words.
    await empty(w, { ...object, title: '' }, telling(object), words, sql`id = any(${ids}::uuid[])`, search)
    await emptyHistory(w.db, ids, telling(object).map((f) => f.key))
    for (const { part, where, leads } of documentParts(model, object, ids)) {
      if (leads) {
        await sql`delete from ${table(part)} where ${where}`.execute(w.db)
        await sql`delete from core.change where root_id = any(${ids}::uuid[]) and object = ${part.name}`.execute(w.db)
        continue
      }
      const fields = writtenIn(part)
      const kept = part.byKey.get(part.title)
      const title = kept && !fields.includes(kept) && !worded(part).includes(kept) ? kept : undefined
      const also = [title?.searchable ? sql`, search = lower(coalesce(${sql.id(columnOf(title))}, ''))` : sql`, search = ''`, ...worded(part).map((f) => sql`, ${sql.id(columnOf(f))} = ${words}`)]
      await empty(w, { ...part, title: '' }, fields, words, where, sql.join(also, sql``))
      await emptyHistory(w.db, ids, [...fields, ...worded(part)].map((f) => f.key), part)
    }
    all.push(...ids)
  }
  return all
}

/** Entries and tasks lose their texts, files go; so do the copies of his requests on timelines of others. @returns keys of contents to remove, and whose traces to forget */
async function emptyPapers(w: Writing, model: Model, own: string[], documents: string[], words: string, requests: string[]): Promise<{ keys: string[], papers: string[] }> {
  const keys: string[] = []
  const papers: string[] = []
  for (const { object, subject } of paperObjects(model)) {
    const about = object.name === 'file' || object.name === 'consent' ? own : [...own, ...documents]
    const copies = object.name === 'timelineEntry' ? sql`or id::text in (select entry::text from core.intake_item where id = any(${requests}::uuid[]))` : sql``
    const { rows } = await sql<{ id: string }>`select id from ${table(object)} where ${sql.id(columnOf(subject))} = any(${about}::uuid[]) ${copies} for update`.execute(w.db)
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
      await emptyHistory(w.db, ids, object.fields.filter(isOwn).map((f) => f.key))
      continue
    }
    await empty(w, object, telling(object), words, sql`id = any(${ids}::uuid[])`, sql`, search = '', version = version + 1`)
    await emptyHistory(w.db, ids, writtenKeys(object))
    for (const list of object.lists.filter((l) => l.part)) {
      const part = objectOf(model, list.object)
      const back = columnOf(part.byKey.get(list.field)!)
      const fields = [...new Set([...telling(part), ...writtenIn(part), ...worded(part)])].filter((f) => f !== named(part))
      await empty(w, part, fields, words, sql`${sql.id(back)} = any(${ids}::uuid[])`, sql`, search = ''`)
      await emptyHistory(w.db, ids, [...writtenKeys(part), ...fields.map((f) => f.key)], part)
    }
  }
  return { keys, papers }
}

/** What else keeps words about records: notices, notes of requests for approval, logs of rules and webhooks, names in other systems, keys by which people are recognised. */
async function forgetTraces(db: Db, people: string[], ids: string[]): Promise<void> {
  await sql`delete from core.notification where record_id = any(${ids}::uuid[])`.execute(db)
  await sql`update core.stage_approval set note = null where record_id = any(${ids}::uuid[])`.execute(db)
  await sql`update core.automation_run set steps = '[]', error = null where record_id = any(${ids}::uuid[])`.execute(db)
  await sql`update core.webhook_delivery set response = null where record_id = any(${ids}::uuid[])`.execute(db)
  await sql`delete from core.external_ref where record_id = any(${people}::uuid[])`.execute(db)
  await sql`delete from core.match_key where record_id = any(${people}::uuid[])`.execute(db)
  await sql`delete from core.duplicate_pair where first_id = any(${people}::uuid[]) or second_id = any(${people}::uuid[])`.execute(db)
  await sql`delete from core.idempotency where result::text like any(${people.map((id) => `%${id}%`)}::text[])`.execute(db)
}
