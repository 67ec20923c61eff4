import { createHash } from 'node:crypto'
import type { CallResult, CallState } from '@kartotek/sdk/contracts'
import { below, hmacSha1, momentIn, plus, sameText, type CloudAdapter, type Told } from './adapter.ts'

const RESULTS: Record<string, CallResult> = { 'answered': 'answered', 'busy': 'busy', 'cancel': 'missed', 'no answer': 'missed', 'failed': 'missed', 'no money': 'missed', 'unallocated number': 'missed', 'no limit': 'missed', 'no day limit': 'missed', 'line limit': 'missed', 'no money, no limit': 'missed' }
const ORDER = ['NOTIFY_START', 'NOTIFY_INTERNAL', 'NOTIFY_OUT_START', 'NOTIFY_ANSWER', 'NOTIFY_END', 'NOTIFY_OUT_END', 'NOTIFY_RECORD']

/** Which fields each event signs. */
function signedOf(event: Told): string | null {
  const of = (...names: string[]): string => names.map((name) => event[name] ?? '').join('')
  switch (event.event) {
    case 'NOTIFY_START': case 'NOTIFY_INTERNAL': case 'NOTIFY_END': return of('caller_id', 'called_did', 'call_start')
    case 'NOTIFY_ANSWER': return of('caller_id', 'destination', 'call_start')
    case 'NOTIFY_OUT_START': case 'NOTIFY_OUT_END': return of('internal', 'destination', 'call_start')
    case 'NOTIFY_RECORD': return of('pbx_call_id', 'call_id_with_rec')
    default: return null
  }
}

const RECORD = '/v1/pbx/record/request/'
/** Seconds that a link holds: the fewest that may be asked for. */
const LIFETIME = '180'

/**
 * Notifications of the PBX. A recording is fetched by a link that holds for a short time, which is asked for as
 * https://zadarma.com/en/support/api/ says (`/v1/pbx/record/request/`) and signed as `lib/Client.php` of github.com/zadarma/user-api-v1
 * does; not tried with an account.
 */
export const zadarma: CloudAdapter = {
  key: 'zadarma',
  path: '/zadarma',
  verify: ({ body, headers }, { zadarmaSecret }) => {
    const signed = signedOf(Object.fromEntries(new URLSearchParams(body.toString('utf8'))))
    return Boolean(zadarmaSecret && headers.signature && signed) && sameText(signatureOf(zadarmaSecret!, signed!), headers.signature!)
  },
  calls(event, _, { timeZone }) {
    const kind = event.event ?? ''
    const externalId = event.pbx_call_id
    const sequence = ORDER.indexOf(kind) + 1
    if (!externalId || !sequence) return []
    const out = kind.startsWith('NOTIFY_OUT')
    const startedAt = momentIn(event.call_start, timeZone)
    if (kind === 'NOTIFY_RECORD') return [{ externalId, direction: 'in', number: null, startedAt: event.$at!, recording: event.call_id_with_rec ?? null, sequence: 0 }]
    if (!startedAt) return []
    const ended = kind === 'NOTIFY_END' || kind === 'NOTIFY_OUT_END'
    const duration = Number(event.duration ?? 0)
    const result = ended ? RESULTS[event.disposition ?? ''] ?? (duration > 0 ? 'answered' : 'missed') : null
    const common: CallState = {
      externalId, direction: out ? 'out' : 'in', startedAt,
      number: (out ? event.destination : event.caller_id) ?? null, line: (out ? event.caller_id : event.called_did) ?? null, extension: event.internal ?? event.last_internal ?? null,
    }
    return [
      // When it was answered the end does not tell: where nothing else did, it counts from the beginning.
      ...result === 'answered' ? [{ ...common, answeredAt: startedAt, sequence: 0 }] : [],
      {
        ...common, sequence, ...kind === 'NOTIFY_ANSWER' ? { answeredAt: event.$at! } : {},
        ...ended ? { endedAt: result === 'answered' ? event.$at! : plus(startedAt, duration), result } : {},
        ...ended && event.is_recorded === '1' && event.call_id_with_rec ? { recording: event.call_id_with_rec } : {},
      },
    ]
  },
  playsWith: ({ zadarmaKey, zadarmaSecret }) => Boolean(zadarmaKey && zadarmaSecret),
  recordingId: /^[\w.-]{1,200}$/,
  sound(id, { zadarmaApiRoot, zadarmaKey, zadarmaSecret }, ask) {
    const query = new URLSearchParams([['call_id', id], ['format', 'json'], ['lifetime', LIFETIME]]).toString()
    return ask({ url: below(zadarmaApiRoot, `${RECORD}?${query}`), headers: { authorization: authorizationOf(zadarmaKey!, zadarmaSecret!, RECORD, query) } }, ({ link, links }) => link ?? (Array.isArray(links) ? links[0] : null))
  },
}

/** @param query the parameters by name in order, as they stand in the address */
export const authorizationOf = (key: string, secret: string, path: string, query: string): string =>
  `${key}:${signatureOf(secret, path + query + createHash('md5').update(query).digest('hex'))}`

/** As PHP's `base64_encode(hash_hmac('sha1', …))`, by which the service signs: base64 of the hexadecimal text, not of the bytes. */
export const signatureOf = (secret: string, text: string): string => Buffer.from(hmacSha1(secret, text).toString('hex')).toString('base64')
