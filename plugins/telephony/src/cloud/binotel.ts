import type { CallResult } from '@kartotek/sdk/contracts'
import { below, fromUnix, plus, sameText, type CloudAdapter } from './adapter.ts'

const ANSWERED = new Set(['ANSWER', 'ONLINE', 'TRANSFER'])
// A recorded voice is no answer of a person.
const RESULTS: Record<string, CallResult> = { 'VM': 'missed', 'VM-SUCCESS': 'missed', 'BUSY': 'busy', 'NOANSWER': 'missed', 'CANCEL': 'missed', 'CONGESTION': 'missed', 'CHANUNAVAIL': 'missed', 'INVALIDARGS': 'missed' }

/**
 * Binotel signs nothing: a secret in the address, and the addresses from which it calls. A recording is fetched by a link that holds for a
 * quarter of an hour, which `stats/call-record` of https://developers.binotel.ua gives for key and secret. Not tried with an account; that
 * the link leads to a bucket of Amazon's is taken from answers that others show.
 */
export const binotel: CloudAdapter = {
  key: 'binotel',
  path: '/binotel/:secret',
  secrets: ['secret'],
  answer: { status: 'success' },
  verify: ({ params, ip }, { binotelPath, binotelAddresses }) => {
    const allowed = binotelAddresses.split(/[\s,;]+/).filter(Boolean)
    return Boolean(binotelPath) && sameText(params.secret ?? '', binotelPath!) && (!allowed.length || allowed.includes(ip.replace(/^::ffff:/, '')))
  },
  calls(event) {
    // Fields of the whole stand under callDetails, those of calls that go on at the top.
    const of = (name: string): string | undefined => event[`callDetails[${name}]`] ?? event[name]
    const externalId = of('generalCallID')
    if (!externalId) return []
    const direction = of('callType') === '1' ? 'out' as const : 'in' as const
    const startedAt = fromUnix(of('startTime')) ?? event.$at!
    const common = { externalId, direction, number: of('externalNumber') ?? null, line: of('didNumber') ?? event['callDetails[didNumber]'] ?? null, extension: of('internalNumber') ?? null, startedAt }
    switch (event.requestType) {
      case 'receivedTheCall': return [{ ...common, sequence: 1 }]
      case 'answeredTheCall': return [{ ...common, answeredAt: event.$at!, sequence: 2 }]
      case 'transferredTheCall': return [{ ...common, sequence: 3 }]
      case 'hangupTheCall': return [{ ...common, sequence: 3 }]
      case 'apiCallCompleted': return [{ ...common, ...ended(of, startedAt), sequence: 9 }]
      default: return []
    }
  },
  playsWith: ({ binotelKey, binotelSecret }) => Boolean(binotelKey && binotelSecret),
  recordingId: /^\w{1,60}$/,
  sound: (generalCallID, { binotelApiRoot, binotelKey, binotelSecret }, ask) => ask({
    url: below(binotelApiRoot, '/stats/call-record.json'), method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ generalCallID, key: binotelKey, secret: binotelSecret }),
  }, ({ url }) => url),
}

function ended(of: (name: string) => string | undefined, startedAt: string) {
  const [wait, talk] = [Number(of('waitsec') ?? 0), Number(of('billsec') ?? 0)]
  const disposition = of('disposition') ?? ''
  const result: CallResult = ANSWERED.has(disposition) || (!RESULTS[disposition] && talk > 0) ? 'answered' : RESULTS[disposition] ?? 'missed'
  const answeredAt = result === 'answered' ? plus(startedAt, wait) : null
  return { answeredAt, endedAt: plus(startedAt, wait + talk), result, ...of('recordingStatus') === 'uploaded' || (of('isNewCall') && result === 'answered' && of('recordingStatus') !== 'none') ? { recording: of('generalCallID') } : {} }
}
