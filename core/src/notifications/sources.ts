import type { EventHandler, RecordEvent } from '@kartotek/sdk'
import { sql } from 'kysely'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { askedNotices, decidedNotices } from '../approvals/notices.ts'
import type { ObjectModel } from '../model/model.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { emptyPlan, type Node } from '../records/plan.ts'
import { recordsFor } from '../records/records.ts'
import { readByIds } from '../records/rows.ts'
import { authorsOf } from './authors.ts'
import { intakeNotices } from './intake.ts'
import { notify, type Notice } from './notify.ts'
import { continued, taskNotices } from './tasks.ts'

export interface SourceDeps { engine: Engine, deliverSoon(): Promise<void> }

/** Above so many records of one object in one change, their new owner is told once of all of them. */
const ONE_BY_ONE = 5
/** A call that is written down later than this is history. */
const CALL_DAYS = 1
/** What distribution gives out, or found to be given when it came in, is told as a new request; so is what somebody takes himself. */
const isDistributed = (e: RecordEvent): boolean => e.object === 'intakeItem' && (e.name === 'intakeItem.created' || e.changed.includes('assignedAt'))
/** Records that are read at once. */
const PAGE = 200

/** What happens to records, as notices to those whom it concerns. */
export function sources(deps: () => SourceDeps): Record<string, EventHandler> {
  const telling = (find: (engine: Engine, events: RecordEvent[]) => Promise<Notice[]>) => async (events: RecordEvent[]): Promise<void> => {
    const { engine, deliverSoon } = deps()
    const notices = await find(engine, events)
    if (!notices.length || !await notify(engine.db, notices)) return
    engine.afterCommit()
    await deliverSoon()
  }
  return {
    '*.approvalAsked': { id: 'approvals-asked', run: telling(askedNotices) },
    '*.approvalDecided': { id: 'approvals-decided', run: telling(decidedNotices) },
    '*.created': { id: 'first-owners', run: telling((engine, events) => assignments(engine, events.filter((e) => !isDistributed(e)))) },
    '*.updated': { id: 'new-owners', run: telling((engine, events) => assignments(engine, events.filter((e) => e.changed.includes('owner') && !isDistributed(e)))) },
    'timelineEntry.*': { id: 'entries', run: telling(async (engine, events) => [...await mentions(engine, events), ...await missedCalls(engine, events)]) },
    'task.*': { id: 'task-news', run: telling(taskNotices) },
    'task.reminder': { id: 'reminders', run: telling(reminders) },
    'intakeItem.*': { id: 'intake', run: telling(intakeNotices) },
  }
}

/** Records that work is done on, not what is written about them: those have an owner of whom nothing is asked. */
function isAssigned(object: ObjectModel): boolean {
  return object.owned === true && !object.personal && !object.partOf.length && !object.fields.some((field) => field.type === 'record' && field.required)
}

async function ownersOf(engine: Engine, name: string, ids: readonly string[]): Promise<Map<string, string>> {
  const reading = readingOf(engine, SYSTEM_CALLER)
  const object = reading.generation.model.objects.get(name)
  const owner = object?.byKey.get('owner')
  if (!object || !owner) return new Map()
  const plan = emptyPlan(object)
  plan.fields.set('owner', owner)
  const nodes = await readByIds(reading, plan, [...new Set(ids)])
  return new Map(nodes.flatMap((node: Node): [string, string][] => (typeof node.owner === 'string' ? [[node.id, node.owner]] : [])))
}

async function assignments(engine: Engine, events: RecordEvent[]): Promise<Notice[]> {
  const { objects } = engine.live.current.model
  const authors = await authorsOf(engine, events)
  const notices: Notice[] = []
  for (const [name, ofObject] of Map.groupBy(events, (e) => e.object)) {
    const object = objects.get(name)
    if (!object || !isAssigned(object)) continue
    const owners = await ownersOf(engine, name, ofObject.map((e) => e.recordId))
    if (name === 'task') for (const id of await continued(engine, [...owners.keys()])) owners.delete(id)
    for (const [set, ofSet] of Map.groupBy(ofObject, (e) => e.changeSetId)) {
      const author = authors.get(set)
      // Told once, of all that it moves, when it is at its end.
      if (author?.handOver) continue
      const news = ofSet.flatMap((event) => {
        const owner = owners.get(event.recordId)
        return owner && owner !== author?.user ? [{ id: event.recordId, owner }] : []
      })
      if (!news.length) continue
      const params: Record<string, string> = author?.user ? { by: author.user } : {}
      const totals = await countAssigned(engine, object, set)
      for (const [owner, records] of Map.groupBy(news, (record) => record.owner)) {
        const total = totals.get(owner) ?? 0
        const many = { object: name, changeSet: set }
        // Of several imports in a day the first one speaks: it says what came, and not how much.
        if (author?.origin === 'import') notices.push({ key: `assignment:${name}:import:${new Date().toISOString().slice(0, 10)}`, to: [owner], kind: 'assignment', params, many, text: object.labelPlural })
        else if (total > ONE_BY_ONE) notices.push({ key: `assignment:${name}:${set}`, to: [owner], kind: 'assignment', params, many })
        else notices.push(...records.map(({ id }): Notice => ({ key: `assignment:${name}:${id}:${set}`, to: [owner], kind: 'assignment', subject: { object: name, id }, params })))
      }
    }
  }
  return notices
}

/** How many records each of the owners got by one change set. */
async function countAssigned(engine: Engine, object: ObjectModel, set: string): Promise<Map<string, number>> {
  const { rows } = await sql<{ owner_id: string, n: number }>`select r.owner_id, count(distinct r.id)::int as n from core.change c join core.${sql.id(object.table)} r on r.id = c.record_id
    where c.change_set_id = ${set} and c.object = ${object.name} and (c.action = 'create' or 'owner' = any(c.fields)) and r.owner_id is not null group by r.owner_id`.execute(engine.db)
  return new Map(rows.map((row) => [row.owner_id, row.n]))
}

async function mentions(engine: Engine, events: RecordEvent[]): Promise<Notice[]> {
  const written = events.filter((e) => e.name === 'timelineEntry.created' || e.name === 'timelineEntry.updated')
  if (!written.length) return []
  const authors = await authorsOf(engine, written)
  const byEntry = new Map(written.map((e) => [e.recordId, authors.get(e.changeSetId)?.user ?? null]))
  const records = recordsFor(engine, SYSTEM_CALLER.actor)
  const notices: Notice[] = []
  for (let after: string | undefined; ;) {
    const page = await records.list('timelineMention', { filter: { entry: { id: { in: [...byEntry.keys()] } } }, fields: ['entry', 'user'], first: PAGE, ...(after ? { after } : {}) })
    for (const { entry, user } of page.nodes as unknown as { entry: string, user: string }[]) {
      const by = byEntry.get(entry) ?? null
      if (user !== by) notices.push({ key: `mention:${entry}`, to: [user], kind: 'mention', subject: { object: 'timelineEntry', id: entry }, params: by ? { by } : {} })
    }
    if (!page.hasNextPage) return notices
    after = page.endCursor ?? undefined
  }
}

/** Incoming calls that nobody took: written down with no length at all. Whoever looks after the caller is told. */
async function missedCalls(engine: Engine, events: RecordEvent[]): Promise<Notice[]> {
  const ids = events.filter((e) => e.name === 'timelineEntry.created').map((e) => e.recordId)
  if (!ids.length) return []
  const reading = readingOf(engine, SYSTEM_CALLER)
  const object = reading.generation.model.objects.get('timelineEntry')!
  const records = recordsFor(engine, SYSTEM_CALLER.actor)
  const since = new Date(Date.now() - CALL_DAYS * 86_400_000).toISOString()
  const missed: string[] = []
  // A page at a time: a batch may have more events than a page has records.
  for (let i = 0; i < ids.length; i += PAGE) {
    const filter = { id: { in: ids.slice(i, i + PAGE) }, kind: { eq: 'call' }, direction: { eq: 'in' }, seconds: { eq: 0 }, happenedAt: { gte: since } }
    const found = await records.list('timelineEntry', { filter, fields: ['id'].filter((key) => object.byKey.has(key)), first: PAGE })
    missed.push(...found.nodes.map((node) => node.id))
  }
  const plan = emptyPlan(object)
  plan.fields.set('subject', object.byKey.get('subject')!)
  const calls = (await readByIds(reading, plan, missed)).flatMap((node) => (node.subject ? [{ id: node.id, subject: node.subject as { object: string, id: string } }] : []))
  const notices: Notice[] = []
  for (const [name, group] of Map.groupBy(calls, (call) => call.subject.object)) {
    const owners = await ownersOf(engine, name, group.map((call) => call.subject.id))
    for (const { id, subject } of group) {
      const owner = owners.get(subject.id)
      if (owner) notices.push({ key: `missedCall:${id}`, to: [owner], kind: 'missedCall', subject: { object: 'timelineEntry', id } })
    }
  }
  return notices
}

/** The owner of the task, and the colleagues who take part. */
async function reminders(engine: Engine, events: RecordEvent[]): Promise<Notice[]> {
  const ids = events.map((e) => e.recordId)
  const owners = await ownersOf(engine, 'task', ids)
  const people = new Map<string, string[]>()
  const records = recordsFor(engine, SYSTEM_CALLER.actor)
  for (let after: string | undefined; ;) {
    const page = await records.list('taskParticipant', { filter: { task: { id: { in: ids } }, user: { isNull: false } }, fields: ['task', 'user'], first: PAGE, ...(after ? { after } : {}) })
    for (const { task, user } of page.nodes as unknown as { task: string, user: string }[]) people.set(task, [...people.get(task) ?? [], user])
    if (!page.hasNextPage) break
    after = page.endCursor ?? undefined
  }
  return events.map((event) => ({
    key: `taskReminder:${event.id}`, to: [...owners.has(event.recordId) ? [owners.get(event.recordId)!] : [], ...people.get(event.recordId) ?? []],
    kind: 'taskReminder', subject: { object: 'task', id: event.recordId },
  }))
}
