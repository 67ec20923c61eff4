import type { CallResult, CallState } from '@kartotek/sdk/contracts'

/** What is kept of a call, in the shape of the record. */
export interface CallFacts {
  direction: 'in' | 'out'
  number: string | null
  line: string | null
  extension: string | null
  queue: string | null
  startedAt: string
  answeredAt: string | null
  endedAt: string | null
  result: CallResult | null
  recording: string | null
  sequence: number
}

const TEXTS = { number: 60, line: 60, extension: 40, queue: 60, recording: 500 } as const
const RESULTS = new Set<unknown>(['answered', 'missed', 'busy', 'rejected', 'abandoned'])
const MOST_SEQUENCE = 2_000_000_000

/**
 * What is known of a call after one more telling. Tellings may come twice, late and in any order: a newer one corrects an
 * older one, and an older one that comes late only fills in what was not known. Who does not count his tellings corrects no answer to a
 * later one: what he says after a break is when he heard of it again.
 */
export function merged(known: CallFacts | null, told: CallState): CallFacts {
  const sequence = Math.min(told.sequence ?? (known?.sequence ?? 0) + 1, MOST_SEQUENCE)
  const newer = !known || sequence >= known.sequence
  const pick = <Value>(old: Value | null | undefined, next: Value | null | undefined): Value | null => (next == null || (old != null && !newer) ? old ?? null : next)
  const text = (name: keyof typeof TEXTS): string | null => pick(known?.[name], cleaned(told[name], TEXTS[name]))
  const moment = (name: 'answeredAt' | 'endedAt'): string | null => pick(known?.[name], momentOf(told[name]))
  const began = momentOf(told.startedAt)
  if (!began) throw new TypeError(`A call began at ${JSON.stringify(told.startedAt)}, which is no moment.`)
  const endedAt = moment('endedAt')
  const latest = moment('answeredAt')
  const answeredAt = told.sequence === undefined && known?.answeredAt && latest && known.answeredAt < latest ? known.answeredAt : latest
  const result = pick(known?.result, RESULTS.has(told.result) ? told.result : null)
  return {
    direction: newer ? told.direction : known.direction,
    number: numberIn(text('number')), line: text('line'), extension: text('extension'), queue: text('queue'), recording: text('recording'),
    startedAt: known && known.startedAt <= began ? known.startedAt : began,
    answeredAt, endedAt,
    result: endedAt ? result ?? (answeredAt ? 'answered' : 'missed') : null,
    sequence: Math.max(sequence, known?.sequence ?? 0),
  }
}

/** Seconds until the answer, or the end, and from the answer to the end; null while it is not known. */
export function lengths({ startedAt, answeredAt, endedAt, result }: CallFacts): { wait: number | null, talk: number | null } {
  const seconds = (from: string, to: string): number => Math.min(864_000, Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000)))
  const talked = answeredAt && (!endedAt || result === 'answered') ? answeredAt : null
  return {
    wait: talked ? seconds(startedAt, talked) : endedAt ? seconds(startedAt, endedAt) : null,
    // A second at least: 0 is the mark of a call that nobody answered.
    talk: endedAt ? talked ? Math.max(1, seconds(talked, endedAt)) : 0 : null,
  }
}

function cleaned(value: string | null | undefined, most: number): string | null {
  const text = value?.replace(/[\u0000-\u001f\u007f]/g, ' ').trim()
  return text ? [...text].slice(0, most).join('') : null
}

/** `<unknown>`, `anonymous`, `sipp`: no number. */
function numberIn(text: string | null): string | null {
  return text && /\d{2}/.test(text) ? text : null
}

function momentOf(value: string | null | undefined): string | null {
  const at = value ? Date.parse(value) : NaN
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}
