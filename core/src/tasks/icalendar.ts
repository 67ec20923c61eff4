import { isoOf, inZone } from './times.ts'

/** What a calendar shows of a task. */
export interface CalendarEvent {
  id: string
  title: string
  text: string | null
  place: string | null
  /** ISO time. */
  due: string
  allDay: boolean
  minutes: number | null
  updatedAt: string
  url: string
}

/** Without a length given, a meeting takes so long. */
const USUAL_MINUTES = 30

/** An iCalendar feed (RFC 5545). Times are UTC, so that it needs no table of time zones; whole days are dates of the company. */
export function calendarOf(name: string, events: readonly CalendarEvent[], zone: string): string {
  return [
    'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Kartotek//Tasks//EN', 'CALSCALE:GREGORIAN', 'METHOD:PUBLISH', `X-WR-CALNAME:${escaped(name)}`, 'REFRESH-INTERVAL;VALUE=DURATION:PT15M',
    ...events.flatMap((event) => eventLines(event, zone)), 'END:VCALENDAR',
  ].map((line) => `${folded(line)}\r\n`).join('')
}

function eventLines(event: CalendarEvent, zone: string): string[] {
  const day = inZone(event.due, zone).startOf('day')
  const when = event.allDay
    ? [`DTSTART;VALUE=DATE:${day.toFormat('yyyyMMdd')}`, `DTEND;VALUE=DATE:${day.plus({ days: 1 }).toFormat('yyyyMMdd')}`]
    : [`DTSTART:${stamp(event.due)}`, `DTEND:${stamp(isoOf(inZone(event.due, zone).plus({ minutes: event.minutes ?? USUAL_MINUTES })))}`]
  return [
    'BEGIN:VEVENT', `UID:${event.id}@kartotek`, `DTSTAMP:${stamp(event.updatedAt)}`, ...when, `SUMMARY:${escaped(event.title)}`,
    ...(event.text ? [`DESCRIPTION:${escaped(event.text)}`] : []), ...(event.place ? [`LOCATION:${escaped(event.place)}`] : []), `URL:${event.url}`, 'END:VEVENT',
  ]
}

const stamp = (iso: string): string => new Date(iso).toISOString().replace(/[-:]|\.\d+/g, '')

/** A text value: what separates values is escaped, and a break of lines is `\n`. */
export function escaped(text: string): string {
  // Other control characters may not stand in a content line at all.
  return text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000B-\u001F\u007F]/g, '').replace(/[\\;,]/g, (sign) => `\\${sign}`).replaceAll('\n', '\\n')
}

/** Lines of at most 75 octets; what goes on begins with a space. No sign is cut in its middle. */
export function folded(line: string): string {
  const parts: string[] = []
  let part = ''
  let bytes = 0
  for (const sign of line) {
    const size = Buffer.byteLength(sign)
    if (bytes + size > (parts.length ? 74 : 75)) {
      parts.push(part)
      part = ''
      bytes = 0
    }
    part += sign
    bytes += size
  }
  return [...parts, part].join('\r\n ')
}
