import { describe, expect, it } from 'vitest'
import { DEFAULTS, sendableAt, type NotificationSettings } from './settings.ts'

const ZONE = 'Europe/Helsinki'
/** Helsinki is two hours ahead in winter, three in summer. */
const at = (settings: Partial<NotificationSettings>, came: string, paced = true): string => sendableAt({ ...DEFAULTS, ...settings }, new Date(came), paced, ZONE).toISOString()

describe('when something may be sent', () => {
  it.each<[string, Partial<NotificationSettings>, string, string]>([
    ['at once', {}, '2026-01-10T10:15:00Z', '2026-01-10T10:15:00.000Z'],
    ['at the next hour', { pace: 'HOURLY' }, '2026-01-10T10:15:00Z', '2026-01-10T11:00:00.000Z'],
    ['today, where the hour is still to come', { pace: 'DAILY', hour: 14 }, '2026-01-10T10:15:00Z', '2026-01-10T12:00:00.000Z'],
    ['tomorrow, where it has passed', { pace: 'DAILY', hour: 8 }, '2026-01-10T10:15:00Z', '2026-01-11T06:00:00.000Z'],
    ['at the same hour over the change to summer time', { pace: 'DAILY', hour: 8 }, '2026-03-28T10:15:00Z', '2026-03-29T05:00:00.000Z'],
    ['after a quiet night, from its evening', { quietFrom: '20:00', quietTo: '08:30' }, '2026-01-10T19:00:00Z', '2026-01-11T06:30:00.000Z'],
    ['after a quiet night, from its morning', { quietFrom: '20:00', quietTo: '08:30' }, '2026-01-10T03:00:00Z', '2026-01-10T06:30:00.000Z'],
    ['after a quiet noon', { quietFrom: '12:00', quietTo: '13:00' }, '2026-01-10T10:15:00Z', '2026-01-10T11:00:00.000Z'],
    ['at once outside of the quiet hours', { quietFrom: '20:00', quietTo: '08:30' }, '2026-01-10T10:15:00Z', '2026-01-10T10:15:00.000Z'],
    ['at the end of the quiet hours, where the digest falls into them', { pace: 'DAILY', hour: 6, quietFrom: '20:00', quietTo: '08:00' }, '2026-01-10T10:15:00Z', '2026-01-11T06:00:00.000Z'],
  ])('%s', (_what, settings, came, expected) => { expect(at(settings, came)).toBe(expected) })

  it('a channel without digests keeps to the quiet hours only', () => {
    expect(at({ pace: 'DAILY', hour: 8 }, '2026-01-10T10:15:00Z', false)).toBe('2026-01-10T10:15:00.000Z')
    expect(at({ pace: 'DAILY', quietFrom: '20:00', quietTo: '08:00' }, '2026-01-10T19:00:00Z', false)).toBe('2026-01-11T06:00:00.000Z')
  })
})
