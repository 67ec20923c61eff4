import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calendarOf, escaped, folded } from './icalendar.ts'

const event = { id: '1', title: 'Встреча; «Ромашка», этаж\\2', text: 'раз\r\nдва', place: null, due: '2026-03-29T00:30:00.000Z', allDay: false, minutes: null, updatedAt: '2026-01-02T03:04:05.678Z', url: 'https://crm.example.com/tasks/1' }

describe('an iCalendar feed', () => {
  it('has meetings by UTC and whole days by the date of the company', () => {
    const text = calendarOf('Tasks', [event, { ...event, id: '2', allDay: true, due: '2026-03-28T21:59:00.000Z' }, { ...event, id: '3', minutes: 90 }], 'Europe/Helsinki')
    const lines = text.replaceAll('\r\n ', '').split('\r\n')
    expect(lines.slice(0, 3)).toEqual(['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Kartotek//Tasks//EN'])
    expect(lines).toContain('DTSTAMP:20260102T030405Z')
    expect(lines).toContain('DTSTART:20260329T003000Z')
    expect(lines).toContain('DTEND:20260329T010000Z')
    expect(lines).toContain('DTEND:20260329T020000Z')
    expect(lines).toContain('DTSTART;VALUE=DATE:20260328')
    expect(lines).toContain('DTEND;VALUE=DATE:20260329')
    expect(lines).toContain('SUMMARY:Встреча\\; «Ромашка»\\, этаж\\\\2')
    expect(lines).toContain('DESCRIPTION:раз\\nдва')
    expect(lines.filter((line) => line.startsWith('LOCATION'))).toEqual([])
    expect(lines.at(-2)).toBe('END:VCALENDAR')
  })

  it('lets no value begin a line of its own', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escaped(text)).not.toMatch(/[\r\n]/)
      expect(calendarOf(text, [{ ...event, title: text, text, place: text }], 'Europe/Kyiv').replaceAll('\r\n ', '').split('\r\n').filter((line) => line === 'BEGIN:VEVENT')).toHaveLength(1)
    }))
    expect(escaped('a\rEND:VEVENT\u0007')).toBe('a\\nEND:VEVENT')
  })

  it('folds long lines at 75 octets without cutting a sign', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }).filter((text) => !/[\r\n]/.test(text)), (text) => {
      const lines = folded(text).split('\r\n')
      for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
      expect(lines.map((line, i) => (i ? line.slice(1) : line)).join('')).toBe(text)
    }))
  })
})
