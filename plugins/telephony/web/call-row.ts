const CALL: Readonly<Record<string, string>> = { talk: 'talk', recorded: 'recorded provider', note: 'note', result: 'result { key label }', owner: 'owner { id title }', client: 'client { id title }' }
const MISSED: Readonly<Record<string, string>> = { state: 'state { key }', due: 'due', note: 'note', closedAt: 'closedAt', closedBy: 'closedBy { id title }' }
type Readable = ReadonlySet<string>
const chosen = (parts: Readonly<Record<string, string>>, readable: Readable): string => Object.entries(parts).filter(([key]) => readable.has(key)).map(([, text]) => text).join(' ')

/** What lists show of a call, as far as the reader may read it. */
export function callFields(call: Readable, missed: Readable): string {
  return `id title startedAt direction { key label } ${chosen(CALL, call)} ${missed.has('state') ? `missedCall { id can { update } ${chosen(MISSED, missed)} }` : ''}`
}

/** Who called and reached nobody, and what became of it. What is missing is closed to the reader. */
export interface MissedOfCall {
  id: string
  can: { update: boolean }
  state: { key: string }
  due?: string | null
  note?: string | null
  closedAt?: string | null
  closedBy?: { id: string, title: string | null } | null
}

export interface CallRow {
  id: string
  /** The number, as people write it; null where it is closed to the reader. */
  title: string | null
  startedAt: string
  direction: { key: string, label: string }
  talk?: number | null
  recorded?: boolean
  provider?: string | null
  note?: string | null
  result?: { key: string, label: string } | null
  owner?: { id: string, title: string | null } | null
  client?: { id: string, title: string | null } | null
  missedCall?: MissedOfCall | null
}

/** 65 → 1:05 */
export function clock(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const two = (n: number) => String(n).padStart(2, '0')
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

export const recordingOf = (call: string): string => `/plugins/telephony/recordings/${call}`

export function iconOf({ direction, result }: { direction: string, result: string | null }): string {
  if (result && result !== 'answered' && direction === 'in') return 'i-lucide-phone-missed'
  return direction === 'in' ? 'i-lucide-phone-incoming' : 'i-lucide-phone-outgoing'
}
