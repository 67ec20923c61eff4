import type { CallResult, CallState } from '@kartotek/sdk/contracts'
import { below, hmacSha1, plus, sameText, type CloudAdapter, type Told } from './adapter.ts'

const RESULTS: Record<string, CallResult> = { 'completed': 'answered', 'busy': 'busy', 'no-answer': 'missed', 'failed': 'missed', 'canceled': 'missed' }
const ORDER = ['queued', 'initiated', 'ringing', 'in-progress', 'completed', 'busy', 'no-answer', 'failed', 'canceled']

/**
 * Status callbacks of calls (`statusCallbackEvent`: initiated ringing answered completed) and of recordings. Those are fetched as «Fetch a
 * Recording media file» of https://www.twilio.com/docs/voice/api/recording says: by the ids of account and recording, with basic
 * authentication. No account was there to try it: that recordings in a bucket of one's own come by a redirect is taken from what others report.
 */
export const twilio: CloudAdapter = {
  key: 'twilio',
  path: '/twilio',
  verify: ({ url, body, headers }, { twilioToken }) => {
    const given = headers['x-twilio-signature']
    return Boolean(twilioToken && given) && signaturesOf(twilioToken!, url, body.toString('utf8')).some((one) => sameText(one, given!))
  },
  deliveryKey: (event, request) => [event.CallSid, event.CallStatus, event.SequenceNumber, event.RecordingSid, event.RecordingStatus, request.headers['i-twilio-idempotency-token']].join(' '),
  calls(event) {
    const { CallSid, ParentCallSid, CallStatus, From, To, Direction, Timestamp, CallDuration, RecordingSid, SequenceNumber, RecordingStatus } = event
    if (!CallSid) return []
    const at = new Date(Date.parse(Timestamp ?? event.RecordingStartTime ?? '') || Date.parse(event.$at!)).toISOString()
    const out = Direction ? Direction.startsWith('outbound') && Direction !== 'outbound-dial' : false
    // The second leg of a call is the same call, of which the first is told itself.
    const externalId = ParentCallSid || CallSid
    const common = { externalId, direction: out ? 'out' as const : 'in' as const, number: (out ? To : From) ?? null, line: (out ? From : To) ?? null }
    if (RecordingSid && RecordingStatus) return RecordingStatus === 'completed' ? [{ ...common, startedAt: at, recording: RecordingSid, sequence: 0 }] : []
    if (!CallStatus) return []
    if (ParentCallSid) return legOf(event, common.externalId, at)
    const sequence = SequenceNumber === undefined ? ORDER.indexOf(CallStatus) : Number(SequenceNumber) + 1
    if (CallStatus in RESULTS) {
      const seconds = Number(CallDuration ?? 0)
      const result = RESULTS[CallStatus]!
      const startedAt = plusBack(at, seconds)
      // When somebody answered, the telephone that he lifted tells; where none does, it counts from the beginning.
      return [...result === 'answered' ? [{ ...common, startedAt, answeredAt: startedAt, sequence: 0 }] : [], { ...common, startedAt, endedAt: at, result, sequence }]
    }
    // A program lifts a call from outside at once, and then rings telephones.
    return [{ ...common, startedAt: at, answeredAt: out && CallStatus === 'in-progress' ? at : null, sequence }]
  },
  // A telephone of ours rang and nobody lifted it: what answered was a program, or a machine that takes messages.
  weigh: (calls, { direction, owner, answeredAt }) => (direction === 'in' && owner && !answeredAt
    ? calls.filter((call) => !call.answeredAt || call.extension).map((call) => (call.result === 'answered' ? { ...call, result: 'missed' } : call))
    : calls),
  playsWith: ({ twilioAccount, twilioToken }) => Boolean(twilioAccount && twilioToken),
  recordingId: /^RE\w{1,40}$/,
  sound: (id, { twilioApiRoot, twilioAccount, twilioToken }) => ({
    url: below(twilioApiRoot, `/2010-04-01/Accounts/${twilioAccount}/Recordings/${id}.mp3`),
    headers: { authorization: `Basic ${Buffer.from(`${twilioAccount}:${twilioToken}`).toString('base64')}` },
  }),
}

/** A telephone of ours that is rung for a call: `client:anna`, `sip:101@…`. It only fills in; the call itself is told by its first leg. */
function legOf({ To, CallStatus }: Told, externalId: string, startedAt: string): CallState[] {
  const extension = /^(?:client:|sips?:)([^@;?]+)/.exec(To ?? '')?.[1]
  const leg = { externalId, direction: 'in' as const, number: null, startedAt, sequence: 0 }
  if (extension && CallStatus === 'ringing') return [{ ...leg, ringing: [extension] }]
  if (extension && CallStatus === 'in-progress') return [{ ...leg, extension, answeredAt: startedAt }]
  return []
}

const plusBack = (moment: string, seconds: number): string => (seconds > 0 ? new Date(Date.parse(moment) - seconds * 1000).toISOString() : plus(moment, 0))

/** What the signature may be: the address with and without its port, as the official library takes it; parameters in their order. */
export function signaturesOf(token: string, url: string, body: string): string[] {
  const values = new Map<string, Set<string>>()
  // In one go: to look for the values of each name would take a hostile body of many names for hours.
  for (const [name, value] of new URLSearchParams(body)) values.set(name, (values.get(name) ?? new Set()).add(value))
  const signed = [...values.keys()].sort().map((name) => [...values.get(name)!].sort().map((value) => name + value).join('')).join('')
  return addressesOf(url).map((address) => hmacSha1(token, address + signed).toString('base64'))
}

/** `new URL` forgets a standard port, which may have been signed. */
function addressesOf(url: string): string[] {
  const [, scheme, host, port, rest] = /^(https?:\/\/)([^/:?]+)(:\d+)?(.*)$/.exec(url) ?? []
  if (!scheme || !host) return [url]
  const standard = scheme === 'https://' ? ':443' : ':80'
  return [...new Set([url, scheme + host + rest, scheme + host + (port ?? standard) + rest])]
}
