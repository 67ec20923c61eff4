import { InputError } from '@kartotek/sdk'
import { closeByCall, isDuplicate, isMissed, noteMissed } from '../missed/missed.ts'
import type { Ctx } from '../settings.ts'
import { callById, type Call } from './call.ts'
import { HEADING } from './words.ts'

/**
 * What follows from a call that ended: a line on the timeline, a request of who is unknown, a call back, and the end of one. Each is
 * kept by a key of the call, so it may be done any number of times.
 */
export async function settle(ctx: Ctx, id: string): Promise<void> {
  let call = await callById(ctx, id)
  if (!call?.endedAt) return
  if (!call.client && !call.contact && call.numberKey) call = { ...call, intakeItem: await requestOf(ctx, call) }
  await tell(ctx, call)
  if (isMissed(ctx, call)) await noteMissed(ctx, call)
  else if (call.missedCall) await ctx.records.update('call', call.id, { missedCall: null })
  if (call.result === 'answered') await closeByCall(ctx, call)
}

/** The request of an unknown number: the one that waits, or for a call from outside a new one. */
async function requestOf(ctx: Ctx, call: Call): Promise<string | null> {
  if (call.intakeItem) return call.intakeItem
  const filter = { channel: { eq: 'call' }, state: { eq: 'new' }, points: { some: { kind: { eq: 'phone' }, key: { eq: call.numberKey } } } }
  const { nodes: [waiting] } = await ctx.records.list('intakeItem', { filter, orderBy: [{ field: 'receivedAt', direction: 'DESC' }], fields: ['state'], first: 1 })
  const item = waiting?.id ?? (call.direction === 'in' && call.result !== 'rejected' ? await receive(ctx, call) : null)
  if (item) await ctx.records.update('call', call.id, { intakeItem: item })
  return item
}

/** Who took the call has the request; what nobody took goes to somebody by the rules of the intake. */
async function receive(ctx: Ctx, call: Call): Promise<string | null> {
  const { externalKey, line, startedAt, talk, number, owner, queue, result, provider } = call
  try {
    const { id } = await ctx.records.create('intakeItem', {
      channel: 'call', source: line ?? provider, externalId: externalKey, receivedAt: startedAt, seconds: talk ?? 0, points: [{ kind: 'phone', value: number }],
      owner: result === 'answered' ? owner : null, raw: JSON.stringify({ externalKey, number, line, queue, startedAt, talk, result }, null, 2),
    })
    return id
  } catch (error) {
    if (!isDuplicate(error)) throw error
    const { nodes: [there] } = await ctx.records.list('intakeItem', { filter: { externalId: { eq: externalKey } }, fields: ['state'], first: 1 })
    return there?.id ?? null
  }
}

/** The line on the timeline. The call that made a request is told by the request itself. */
async function tell(ctx: Ctx, call: Call): Promise<void> {
  const subject = call.order ? { object: 'order', id: call.order } : call.client ? { object: 'client', id: call.client } : call.contact ? { object: 'contact', id: call.contact }
    : call.intakeItem ? { object: 'intakeItem', id: call.intakeItem } : null
  if (!subject || (call.intakeItem && await madeBy(ctx, call))) return
  const heading = HEADING[call.direction === 'out' ? call.talk ? 'out' : 'unanswered' : call.talk ? 'in' : 'missed'][ctx.company.locale]
  // Copies have the rights of what they are copied from; the entry itself is for everybody who sees its subject.
  const telephony = { call: call.id, heading: `${heading}: ${call.heading}`, text: call.note }
  const entry = { subject, kind: 'call', direction: call.direction, seconds: call.talk ?? 0, happenedAt: call.startedAt, owner: call.owner, heading, telephony }
  const { nodes: [there] } = await ctx.records.list('timelineEntry', { filter: { telephony: { call: { eq: call.id } } }, first: 1 })
  try {
    if (!there) await ctx.records.create('timelineEntry', entry)
    else await ctx.records.update('timelineEntry', there.id, entry)
  } catch (error) {
    // Made at the same moment; or its client is in the trash by now, which is no reason to go on trying.
    if (!isDuplicate(error) && !(error instanceof InputError && error.fields.some(({ field }) => field.startsWith('subject')))) throw error
  }
}

async function madeBy(ctx: Ctx, call: Call): Promise<boolean> {
  return (await ctx.records.get('intakeItem', call.intakeItem!, ['externalId']))?.externalId === call.externalKey
}
