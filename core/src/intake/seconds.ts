import type { Incoming } from './receive.ts'

/** What telephony calls the time talked; then what may be the time with the ringing. */
const NAMES = ['seconds', 'billsec', 'billing_seconds', 'talk_time', 'talktime', 'talk_duration', 'call_duration', 'duration', 'длительность', 'тривалість', 'kesto']
const MOST = 864_000

/** How long a call was, by the field that came with it: `42`, `0:42`, `1:02:03`. Null where none says it. */
export function secondsOf({ channel, values }: Pick<Incoming, 'channel' | 'values'>): number | null {
  if (channel !== 'call' || !values?.length) return null
  const given = new Map(values.map(({ name, value }) => [name.trim().toLowerCase().replace(/[\s-]+/g, '_'), value?.trim() ?? '']))
  for (const name of NAMES) {
    const text = given.get(name)
    if (!text || !/^\d{1,6}([.,]\d+)?$|^(\d{1,3}:)?\d{1,3}:\d{2}$/.test(text)) continue
    const seconds = text.includes(':') ? text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) : Math.round(Number(text.replace(',', '.')))
    if (seconds <= MOST) return seconds
  }
  return null
}
