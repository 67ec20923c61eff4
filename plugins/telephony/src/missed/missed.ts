import { DomainError, InputError, NotFoundError, type RecordData } from '@kartotek/sdk'
import type { Call } from '../call/call.ts'
import { CALL_BACK, TALKED } from '../call/words.ts'
import { say } from '../messages.ts'
import type { Ctx } from '../settings.ts'
import { responsibleFor } from './responsible.ts'

/** Which unanswered calls are to be called back. A rejected one only where the company wants it. */
export function isMissed(ctx: Ctx, { direction, result }: Pick<Call, 'direction' | 'result'>): boolean {
  return direction === 'in' && (result === 'missed' || result === 'abandoned' || result === 'busy' || (result === 'rejected' && ctx.settings.rejectedToo))
}

interface Missed { id: string, version: number, heading: string, state: string, count: number, firstAt: string, lastAt: string, due: string | null, owner: string | null, client: string | null, contact: string | null, order: string | null, intakeItem: string | null }

const missedOf = (record: RecordData): Missed => ({ ...record, state: (record.state as { key?: string }).key ?? record.state } as unknown as Missed)

async function openOf(ctx: Ctx, numberKey: string): Promise<Missed | null> {
  const { nodes } = await ctx.records.list('missedCall', { filter: { openKey: { eq: numberKey } }, first: 1 })
  return nodes[0] ? missedOf(nodes[0]) : null
}

async function byId(ctx: Ctx, id: string): Promise<Missed | null> {
  const record = await ctx.records.get('missedCall', id)
  return record && missedOf(record)
}

/**
 * Notes that somebody waits to be called back: one note for each number, however often it calls, and one task, which counts. Called any
 * number of times for one call, it counts it once.
 */
export async function noteMissed(ctx: Ctx, call: Call): Promise<void> {
  const { numberKey } = call
  if (!numberKey || (!call.missedCall && await wasAnsweredSince(ctx, call))) return
  const missed = (call.missedCall ? await byId(ctx, call.missedCall) : null) ?? await openOf(ctx, numberKey) ?? await open(ctx, call, numberKey)
  if (call.missedCall !== missed.id) await ctx.records.update('call', call.id, { missedCall: missed.id })
  const { nodes } = await ctx.records.list('call', { filter: { missedCall: { id: { eq: missed.id } } }, orderBy: [{ field: 'startedAt', direction: 'DESC' }], fields: ['startedAt', 'endedAt'], first: 200 })
  const now = { count: nodes.length, lastAt: String(nodes[0]?.endedAt ?? missed.lastAt), intakeItem: missed.intakeItem ?? call.intakeItem }
  if (now.count !== missed.count || now.lastAt > missed.lastAt || now.intakeItem !== missed.intakeItem) await ctx.records.update('missedCall', missed.id, now)
  if (missed.state === 'open') await haveTask(ctx, { ...missed, ...now })
}

/** A call that is told late, when somebody has long spoken with the caller. */
async function wasAnsweredSince(ctx: Ctx, { numberKey, startedAt }: Call): Promise<boolean> {
  return await ctx.records.count('call', { filter: { numberKey: { eq: numberKey }, result: { eq: 'answered' }, endedAt: { gte: startedAt } } }) > 0
}

async function open(ctx: Ctx, call: Call, numberKey: string): Promise<Missed> {
  const who = call.number ? await ctx.records.recognise([{ kind: 'phone', value: call.number }]) : null
  const at = call.endedAt ?? call.startedAt
  try {
    return missedOf(await ctx.records.create('missedCall', {
      heading: call.heading, number: call.number, openKey: numberKey, firstAt: at, lastAt: at, count: 1, due: (await ctx.company.dueAfter(ctx.settings.missedMinutes, new Date(at)))?.toISOString() ?? null,
      owner: call.client || call.contact ? await responsibleFor(ctx, who, call.owner) : null,
      client: call.client, contact: call.contact, order: call.order, intakeItem: call.intakeItem,
    }))
  } catch (error) {
    // Another call of the same number, on another node.
    const there = isDuplicate(error) ? await openOf(ctx, numberKey) : null
    if (there) return there
    throw error
  }
}

/** The task of who is to call back. Of somebody unknown there is the request instead, and who gets that by its own rules. */
async function haveTask(ctx: Ctx, missed: Missed): Promise<void> {
  const subject = subjectOf(missed)
  if (!subject) return
  const title = CALL_BACK[ctx.company.locale](missed.count)
  const task = await taskOf(ctx, missed.id)
  if (task) {
    if (task.title !== title && task.state === 'open') await ctx.records.update('task', task.id, { title })
    return
  }
  try {
    await ctx.records.create('task', { title, kind: 'call', priority: 'high', due: missed.due, owner: missed.owner, subject, ...missed.due ? { reminders: [{ minutesBefore: 0 }] } : {}, telephony: { missedCall: missed.id, callBack: missed.heading } })
  } catch (error) {
    if (!isDuplicate(error)) throw error
  }
}

function subjectOf({ order, client, contact }: Pick<Missed, 'order' | 'client' | 'contact'>): { object: string, id: string } | null {
  return order ? { object: 'order', id: order } : client ? { object: 'client', id: client } : contact ? { object: 'contact', id: contact } : null
}

async function taskOf(ctx: Ctx, missed: string): Promise<{ id: string, title: string, state: string, result: string | null } | null> {
  const { nodes } = await ctx.records.list('task', { filter: { telephony: { missedCall: { eq: missed } } }, fields: ['title', 'state', 'result'], first: 1 })
  const [task] = nodes
  return task ? { id: task.id, title: String(task.title), state: (task.state as { key?: string }).key ?? String(task.state), result: task.result as string | null } : null
}

/** An answered call, whoever called whom: nobody of that number waits any more. */
export async function closeByCall(ctx: Ctx, call: Call): Promise<void> {
  const missed = call.numberKey ? await openOf(ctx, call.numberKey) : null
  // A talk that was over before the number called anew does not settle it.
  if (!missed || !call.endedAt || call.endedAt < missed.lastAt) return
  await close(ctx, missed, { note: TALKED[call.direction][ctx.company.locale], by: call.owner, at: call.endedAt })
}

/** By hand: with a note that says why nobody needs to call. */
export async function closeByHand(ctx: Ctx, id: string, note: string, by: string | null): Promise<void> {
  const missed = await byId(ctx, id)
  if (missed?.state === 'open') await close(ctx, missed, { note, by, at: new Date().toISOString() })
}

export const missedTypes = `
extend type Mutation {
  "Closes a missed call by hand; the note says why nobody needs to call back. For who may change its client, order or request, or whose it is."
  telephonyCloseMissed(missedCall: ID!, note: String!): Boolean!
}
`

/** The task behind it is what one may or may not finish; without one, the missed call itself. */
export async function closeMissed(ctx: Ctx, id: string, note: string): Promise<boolean> {
  const missed = await byId(ctx, id)
  if (!missed) throw new NotFoundError(say(ctx, 'There is no such missed call.'))
  if (!note.trim()) throw new InputError(say(ctx, 'Say in the result why nobody needs to be called back.'), [{ field: 'note', rule: 'required', message: say(ctx, 'Say in the result why nobody needs to be called back.') }])
  if (missed.state !== 'open') return false
  const task = await taskOf(ctx, missed.id).catch(() => null)
  if (task) await ctx.records.update('task', task.id, { state: 'done', result: note.trim() })
  // By this the right to change it is asked for; that it changes nothing else is the plugin's business.
  else await ctx.records.update('missedCall', missed.id, { note: note.trim() })
  await closeByHand(await ctx.asPlugin('close-missed-call', { object: 'missedCall', id }), id, note.trim(), ctx.actor.userId)
  return true
}

async function close(ctx: Ctx, missed: Missed, { note, by, at }: { note: string, by: string | null, at: string }): Promise<void> {
  const task = await taskOf(ctx, missed.id)
  if (task?.state === 'open') await ctx.records.update('task', task.id, { state: 'done', result: task.result ?? note })
  // Last: as long as it is open, this is tried again.
  await ctx.records.update('missedCall', missed.id, { state: 'done', openKey: null, note, closedAt: at, closedBy: by })
}

/** Its task was done by hand. */
export async function taskDone(ctx: Ctx, ids: readonly string[]): Promise<void> {
  const { nodes } = await ctx.records.list('task', { filter: { id: { in: ids.slice(0, 200) }, state: { eq: 'done' }, telephony: { missedCall: { isNull: false } } }, fields: ['result', 'doneBy', 'telephony.missedCall'], first: 200 })
  for (const task of nodes) await closeByHand(ctx, (task.telephony as { missedCall: string }).missedCall, String(task.result ?? ''), task.doneBy as string | null)
}

/** What became of requests of unknown numbers: declined ones need no call; of accepted ones it is known now whom to call. */
export async function followRequests(ctx: Ctx, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const item = await ctx.records.get('intakeItem', id, ['state', 'client', 'contact', 'order', 'owner', 'declineNote', 'handledBy'])
    if (!item) continue
    const state = (item.state as { key?: string }).key ?? item.state
    const { nodes } = await ctx.records.list('missedCall', { filter: { intakeItem: { id: { eq: id } }, state: { eq: 'open' } }, first: 10 })
    for (const missed of nodes.map(missedOf)) {
      if (state === 'declined' || state === 'spam') await close(ctx, missed, { note: String(item.declineNote ?? ''), by: item.handledBy as string | null, at: new Date().toISOString() })
      else {
        const now = { client: (item.client ?? missed.client) as string | null, contact: (item.contact ?? missed.contact) as string | null, order: (item.order ?? missed.order) as string | null, owner: (item.owner ?? missed.owner) as string | null }
        if (Object.entries(now).some(([name, value]) => value !== missed[name as keyof typeof now])) await ctx.records.update('missedCall', missed.id, now)
        await haveTask(ctx, { ...missed, ...now })
      }
    }
    const calls = item.client || item.contact ? (await ctx.records.list('call', { filter: { intakeItem: { id: { eq: id } } }, fields: ['client', 'contact', 'order'], first: 200 })).nodes : []
    for (const call of calls) if (!call.client && !call.contact) await ctx.records.update('call', call.id, { client: item.client ?? null, contact: item.contact ?? null, order: item.order ?? null })
  }
}

/** Those whom nobody called back in time: the leaders of who should have are told, and see the task. Once each. */
export async function escalate(ctx: Ctx, now = new Date()): Promise<void> {
  for (;;) {
    const { nodes } = await ctx.records.list('missedCall', { filter: { state: { eq: 'open' }, due: { lt: now.toISOString() }, escalatedAt: { isNull: true } }, orderBy: [{ field: 'due' }], first: 100 })
    for (const missed of nodes.map(missedOf)) {
      const leaders = await toldOf(ctx, missed)
      const task = await taskOf(ctx, missed.id)
      if (leaders.length) {
        if (task) await watched(ctx, task.id, leaders)
        await ctx.notify([{ key: `overdue:${missed.id}`, to: leaders, kind: 'telephony-overdue', subject: { object: 'missedCall', id: missed.id } }])
      }
      await ctx.records.update('missedCall', missed.id, { escalatedAt: now.toISOString(), ...leaders.length && !missed.owner ? { owner: leaders[0] } : {} })
    }
    if (nodes.length < 100) return
  }
}

async function toldOf(ctx: Ctx, missed: Missed): Promise<string[]> {
  const item = !missed.owner && missed.intakeItem ? await ctx.records.get('intakeItem', missed.intakeItem, ['owner']) : null
  const owner = missed.owner ?? item?.owner as string | null | undefined
  const leaders = owner ? await ctx.company.leadersOf(owner) : []
  return leaders.length || !ctx.settings.defaultUser || ctx.settings.defaultUser === missed.owner ? leaders : [ctx.settings.defaultUser]
}

async function watched(ctx: Ctx, task: string, people: readonly string[]): Promise<void> {
  const { nodes } = await ctx.records.list('taskWatcher', { filter: { task: { id: { eq: task } } }, fields: ['user'], first: 200 })
  const added = people.filter((user) => !nodes.some((node) => node.user === user))
  if (added.length) await ctx.records.update('task', task, { watchers: [...nodes.map(({ id }) => ({ id })), ...added.map((user) => ({ user }))] })
}

export function isDuplicate(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'DUPLICATE'
}
