/** What lists show of a call. */
export const CALL_FIELDS = 'id heading startedAt talk recorded provider note direction { key label } result { key label } owner { id name } client { id name } missedCall { id state { key } due note closedAt closedBy { id name } can { update } }'

/** Who called and reached nobody, and what became of it. */
export interface MissedOfCall {
  id: string
  state: { key: string }
  due: string | null
  note: string | null
  closedAt: string | null
  closedBy: { id: string, name: string | null } | null
  can: { update: boolean }
}

export interface CallRow {
  id: string
  heading: string
  startedAt: string
  talk: number | null
  recorded: boolean
  provider: string | null
  note: string | null
  direction: { key: string, label: string }
  result: { key: string, label: string } | null
  owner: { id: string, name: string | null } | null
  client: { id: string, name: string | null } | null
  missedCall: MissedOfCall | null
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
