import { NotFoundError, UnavailableError, type IncomingRequest, type RouteResponse } from '@kartotek/sdk'
import { telephonyProvider } from '@kartotek/sdk/contracts'
import { callById } from '../call/call.ts'
import { playing } from './place.ts'
import { say } from '../messages.ts'
import type { Ctx } from '../settings.ts'

/** Plays a recording to who sees the call and has the right; who listened stands in the access log. */
export async function playRecording({ params, headers }: IncomingRequest, ctx: Ctx): Promise<RouteResponse> {
  ctx.require('recording.listen')
  const call = await callById(ctx, params.call!)
  if (!call?.recording) throw new NotFoundError(say(ctx, 'There is no such recording.'))
  const provider = ctx.providers(telephonyProvider).find(({ service }) => service.key === call.provider)?.service
  if (!provider?.recording) throw new UnavailableError(say(ctx, 'The provider of this call keeps no recordings.'))
  const sound = await provider.recording(call.recording)
  // It is answered under our address: a page would have all that the reader may do.
  if (!/^audio\/[\w.+-]+$/.test(sound.mime)) throw new UnavailableError(say(ctx, 'What the exchange gives is no sound that can be played.'))
  const part = sound.bytes === null ? null : partOf(headers.range, sound.bytes)
  const common = { 'content-type': sound.mime, 'cache-control': 'private, no-store', 'content-disposition': 'inline', ...sound.bytes === null ? {} : { 'accept-ranges': 'bytes' } }
  if (part === 'none') return { status: 416, headers: { 'content-range': `bytes */${sound.bytes}` } }
  await noted(ctx, call.id)
  if (!part) return { headers: { ...common, ...sound.bytes === null ? {} : { 'content-length': String(sound.bytes) } }, body: await sound.read() }
  return {
    status: 206, body: await sound.read(part),
    headers: { ...common, 'content-length': String(part.last - part.first + 1), 'content-range': `bytes ${part.first}-${part.last}/${sound.bytes}` },
  }
}

export const entryTypes = `
"The call behind an entry of the timeline."
type TelephonyEntryCall { call: ID! result: String "There is a recording that can be played here." recorded: Boolean! extension: String wait: Int }
extend type Query {
  "Null for an entry that somebody wrote down himself."
  telephonyEntryCall(entry: ID!): TelephonyEntryCall
}
`

export async function callOfEntry(ctx: Ctx, { entry }: { entry: string }) {
  const record = await ctx.records.get('timelineEntry', entry, ['telephony.call'])
  const id = (record?.telephony as { call: string | null } | undefined)?.call
  const call = id ? await ctx.records.get('call', id, ['result', 'recorded', 'extension', 'wait', 'provider']) : null
  return call && { call: call.id, result: (call.result as { key?: string } | null)?.key ?? call.result, recorded: call.recorded === true && playing(ctx).includes(String(call.provider)), extension: call.extension, wait: call.wait }
}

/** A player asks for one part after the other: within a quarter of an hour it is one listening. */
const LISTENING_MS = 15 * 60_000
const listening = new Map<string, number>()

async function noted(ctx: Ctx, call: string): Promise<void> {
  const key = `${ctx.actor.userId} ${call}`
  const now = Date.now()
  if (now - (listening.get(key) ?? -Infinity) < LISTENING_MS) return
  await ctx.asPlugin('listen-to-recording', { object: 'call', id: call })
  for (const [one, at] of listening) if (now - at >= LISTENING_MS) listening.delete(one)
  listening.set(key, now)
}

/** The part that a header asks for; null for all of it, `none` where there is nothing. Several parts are answered whole. */
export function partOf(header: string | undefined, bytes: number): { first: number, last: number } | 'none' | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '')
  if (!match || (!match[1] && !match[2])) return null
  const first = match[1] ? Number(match[1]) : Math.max(0, bytes - Number(match[2]))
  const last = match[1] && match[2] ? Math.min(Number(match[2]), bytes - 1) : bytes - 1
  return first > last || first >= bytes ? 'none' : { first, last }
}
