import { sql } from 'kysely'
import { InputError } from '@kartotek/sdk'
import { actorOf } from '../access/explain.ts'
import { notify } from '../notifications/notify.ts'
import type { Row } from '../model/generation.ts'
import { columnOf, objectOf, type ObjectModel } from '../model/model.ts'
import { toInput } from '../expressions/fields.ts'
import { mayTell, understand, valuesOf } from '../expressions/of-record.ts'
import { asksMayContact, mayContact } from '../privacy/may-contact.ts'
import { accessOf } from '../records/engine.ts'
import { writeRecords } from '../records/write/batch.ts'
import type { WriteItem } from '../records/write/draft.ts'
import type { Writing } from '../records/write/writing.ts'
import { endOfDay, inZone, isoOf } from '../tasks/times.ts'
import { peopleMeant, peopleNow, peopleToTell, subjectOf } from './people.ts'
import type { Action, Rule } from './rule.ts'
import { pathsIn, understandText, written } from './values.ts'

/** What a step did, as codes and values, so that everybody reads it in his language. */
export interface Step { do: Action['do'], [detail: string]: unknown }

/** What actions need of the outside; all of it belongs to the transaction. */
export interface Outside {
  /** Puts the job of a plugin's action into its queue. */
  enqueue(w: Writing, action: string, input: Record<string, unknown>): Promise<void>
  /** Writes down that an address outside is to be told of the record; `key` makes it one. */
  tellOutside(w: Writing, webhook: string, key: string, record: { object: string, id: string }, rule: { id: string, name: string }): Promise<void>
}

/** One action on one record, in the transaction of the run. @throws what a write throws */
export async function perform(w: Writing, outside: Outside, rule: Rule & { createdBy: string | null }, run: string, object: ObjectModel, id: string, action: Action): Promise<Step> {
  const { rows: [row] } = await sql<Row>`select * from core.${sql.id(object.table)} where id = ${id}`.execute(w.db)
  if (!row) throw new InputError('The record is gone.')
  const { model, company } = w.generation
  const self = { object: object.name, id }
  // What answers to an entry or a file belongs to the record that it is about.
  const subject = subjectOf(object, row) ?? self
  const text = async (value: string): Promise<string> => {
    const parts = understandText(model, object, value)
    const valueIn = await valuesOf(w.db, w.generation, object, [row], pathsIn(parts), w.now)
    return written(parts, (expression) => valueIn(expression, row))
  }
  /** Tells the actions of one run apart. */
  const place = rule.actions.indexOf(action)
  switch (action.do) {
    case 'createTask': {
      const [owner] = [...await peopleNow(w, object, row, action.assignee), ...await peopleNow(w, object, row, 'leader'), ...(rule.createdBy ? await peopleMeant(w.db, model, object, row, rule.createdBy) : [])]
      if (!owner) throw new InputError('Nobody is there to do the task.')
      const refused = action.kind === 'call' ? await whyNotToCall(w, subject) : null
      if (refused) return { do: 'createTask', skipped: refused }
      const title = (await text(action.title)).slice(0, 255)
      const task = await one(w, 'task', {
        op: 'create',
        input: { title, text: action.text ? await text(action.text) : undefined, kind: action.kind, priority: action.priority, owner, subject, ...dueOf(action, w.now, company.timeZone) },
      })
      return { do: 'createTask', task, title, owner }
    }
    case 'note': {
      const entry = await one(w, 'timelineEntry', { op: 'create', input: { subject, kind: 'note', text: await text(action.text) } })
      return { do: 'note', entry }
    }
    case 'set': {
      const field = object.byKey.get(action.field)
      if (!field) throw new InputError(`There is no field "${action.field}".`)
      let { value } = action as { value?: unknown }
      if ('expression' in action) {
        const expression = understand(model, object, action.expression)
        value = toInput(field, (await valuesOf(w.db, w.generation, object, [row], expression.paths, w.now))(expression, row))
      }
      await one(w, object.name, { op: 'update', id, input: nested(action.field, value) })
      return { do: 'set', field: action.field, value }
    }
    case 'assign': {
      const people = (await Promise.all(action.to.map((person) => peopleNow(w, object, row, person)))).flat()
      if (!people.length) throw new InputError('Nobody is there to be given the record.')
      // The rule's row is locked by this: two nodes take turns.
      const { rows: [turn] } = await sql<{ turn: number }>`update core.automation_rule set turn = (turn + 1) % 1000000 where id = ${rule.id} returning turn`.execute(w.db)
      const owner = people[(turn?.turn ?? 0) % people.length]!
      if (row.owner_id !== owner) await one(w, object.name, { op: 'update', id, input: { owner } })
      return { do: 'assign', owner }
    }
    case 'move': {
      if (row.stage_id !== action.stage) await one(w, object.name, { op: 'update', id, input: { stage: action.stage } })
      return { do: 'move', stage: action.stage }
    }
    case 'notify': {
      const people = [...new Set((await Promise.all(action.to.map((person) => peopleToTell(w, object, row, person)))).flat())]
      const parts = understandText(model, object, action.text)
      const words = await text(action.text)
      for (const to of people) {
        const actor = await actorOf(w.engine, to)
        // Whoever may not read what the text tells learns only that there is something.
        const may = actor && mayTell(model, accessOf(w.engine, w.generation, actor), object, pathsIn(parts))
        await notify(w.db, [{ key: `automation:${run}:${place}:${to}`, kind: 'automation', to: [to], subject: self, params: { rule: rule.name }, ...(may ? { text: words.slice(0, 2_000) } : {}) }])
      }
      return { do: 'notify', people }
    }
    case 'webhook':
      await outside.tellOutside(w, action.webhook, `${run}:${place}`, self, { id: rule.id, name: rule.name })
      return { do: 'webhook', webhook: action.webhook }
    case 'plugin':
      await outside.enqueue(w, action.action, { ...await filledIn(action.input ?? {}, text) as object, record: self })
      return { do: 'plugin', action: action.action }
  }
}

/** Why the person whom a call would be about, or whose order it is, must not be called; null where he may be, or where it is about no person. */
async function whyNotToCall(w: Writing, { object: name, id }: { object: string, id: string }): Promise<string | null> {
  const { model } = w.generation
  const object = model.objects.get(name)
  if (!object) return null
  const client = object.byKey.get('client')
  if (!object.byKey.has('doNotContact') && client?.to === 'client') {
    const { rows: [row] } = await sql<{ client: string | null }>`select ${sql.ref(columnOf(client))} as client from core.${sql.id(object.table)} where id = ${id}`.execute(w.db)
    return row?.client ? whyNotToCall(w, { object: 'client', id: row.client }) : null
  }
  if (!asksMayContact(model, w.access, object)) return null
  const [said] = await mayContact(w, name, [id], 'phone')
  return said!.reason === 'unknown' ? null : said!.reason
}

async function one(w: Writing, object: string, item: WriteItem): Promise<string> {
  const [result] = await writeRecords(w, objectOf(w.generation.model, object), [item])
  if (!result!.ok) throw result!.error
  return result!.id
}

/** The input of a plugin with its texts filled in. */
async function filledIn(input: unknown, text: (value: string) => Promise<string>): Promise<unknown> {
  if (typeof input === 'string') return text(input)
  if (Array.isArray(input)) return Promise.all(input.map((one) => filledIn(one, text)))
  if (typeof input !== 'object' || input === null) return input
  return Object.fromEntries(await Promise.all(Object.entries(input).map(async ([key, value]) => [key, await filledIn(value, text)] as const)))
}

/** `custom.tier` as an input has it: `{ custom: { tier } }`. */
function nested(key: string, value: unknown): Record<string, unknown> {
  const [group, ...rest] = key.split('.')
  return rest.length ? { [group!]: { [rest.join('.')]: value } } : { [key]: value }
}

function dueOf({ due }: Extract<Action, { do: 'createTask' }>, now: Date, zone: string): { due?: string, allDay?: boolean } {
  if (!due) return {}
  if ('minutes' in due) return { due: isoOf(inZone(now, zone).plus({ minutes: due.minutes })) }
  const day = inZone(now, zone).plus({ days: due.days })
  if (!due.time) return { due: endOfDay(day.toJSDate(), zone), allDay: true }
  const [hour, minute] = due.time.split(':').map(Number) as [number, number]
  return { due: isoOf(day.set({ hour, minute, second: 0, millisecond: 0 })) }
}

