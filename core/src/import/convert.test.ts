import { describe, expect, it } from 'vitest'
import { datePattern, momentOf, parseBoolean, parseLocalTime, parseNumber } from './convert.ts'

describe('parseNumber', () => {
  it.each([
    ['1 234,50', '1234.50'], ['1.234,50', '1234.50'], ['1,234.50', '1234.50'], ['1.234.567', '1234567'], ['1,234,567', '1234567'],
    ['14.00', '14.00'], ['0,15', '0.15'], ['1234,567', '1234.567'], ['-12', '-12'], ['−12,5', '-12.5'], ['1 200 ₽', '1200'], ['15 %', '15'],
    ['€9.90', '9.90'], ["1'234.5", '1234.5'], ['007', '7'], ['.5', '0.5'], ['-0', '0'], ['1.005', '1.005'],
  ])('reads %s as %s', (text, number) => { expect(parseNumber(text)).toBe(number) })

  it('obeys the mapping where signs could mean both', () => {
    expect(parseNumber('1,234', 'comma')).toBe('1.234')
    expect(parseNumber('1,234', 'point')).toBe('1234')
    expect(parseNumber('1.234', 'comma')).toBe('1234')
    expect(() => parseNumber('1,234')).toThrow('ambiguousNumber')
  })

  it.each(['', 'abc', '12a', '1,2,3', '1.2.3,4,5', '--5', '12 шт', '1e5'])('refuses «%s»', (text) => { expect(() => parseNumber(text)).toThrow('number') })
})

describe('parseBoolean', () => {
  it('knows yes and no in four languages', () => {
    for (const word of ['Да', 'так', 'Kyllä', 'YES', '1', 'true', 'Истина']) expect(parseBoolean(word)).toBe(true)
    for (const word of ['Нет', 'ні', 'Ei', 'no', '0', 'FALSE']) expect(parseBoolean(word)).toBe(false)
    expect(() => parseBoolean('может быть')).toThrow('boolean')
  })
})

describe('dates', () => {
  const moment = (text: string, zone: string, form?: string): string => momentOf(parseLocalTime(text, form), zone).toISOString()

  it.each([
    ['2024-02-29', undefined, '2024-02-29'], ['29.02.2024', undefined, '2024-02-29'], ['1.2.2024', undefined, '2024-02-01'],
    ['02/29/2024', 'MM/dd/yyyy', '2024-02-29'], ['29/02/24', 'dd/MM/yy', '2024-02-29'], ['1996-07-04 00:00:00.000', 'yyyy-MM-dd HH:mm:ss.SSS', '1996-07-04'],
  ])('reads the day %s', (text, form, day) => { expect(parseLocalTime(text, form).day).toBe(day) })

  it('takes two digits of a year for one that may have been, or is near', () => {
    const year = new Date().getUTCFullYear()
    const of = (two: number) => Number(parseLocalTime(`15.03.${String(two % 100).padStart(2, '0')}`, 'dd.MM.yy').day.slice(0, 4))
    expect([of(75), of(5)]).toEqual([1975, 2005])
    expect([of(year), of(year + 10), of(year + 11)]).toEqual([year, year + 10, year - 89])
  })

  it('refuses a form that says a part twice, and keeps no end of forms', () => {
    expect(() => datePattern('dd dd.MM.yyyy')).toThrow('has a part twice')
    expect(() => datePattern('dd.yyyy')).toThrow('needs yyyy, MM and dd')
    const first = datePattern('dd.MM.yyyy')
    for (let i = 0; i < 200; i++) datePattern(`dd.MM.yyyy ${'!'.repeat(i)}`)
    expect(datePattern('dd.MM.yyyy')).not.toBe(first)
  })

  it('takes local times in the zone of the file, summer and winter', () => {
    expect(moment('15.07.2024 12:00', 'Europe/Helsinki')).toBe('2024-07-15T09:00:00.000Z')
    expect(moment('2024-01-15 12:00:30', 'Europe/Helsinki')).toBe('2024-01-15T10:00:30.000Z')
    expect(moment('2024-01-15', 'Europe/Moscow')).toBe('2024-01-14T21:00:00.000Z')
    expect(moment('2024-01-15T12:00:00+03:00', 'Europe/Helsinki')).toBe('2024-01-15T09:00:00.000Z')
    expect(moment('2024-03-31 03:30', 'Europe/Helsinki')).toBe('2024-03-31T01:30:00.000Z')
  })

  it.each(['30.02.2024', '2024-13-01', '04/07/2024', '', 'вчера', '2024-01-01 25:00'])('refuses «%s»', (text) => { expect(() => parseLocalTime(text)).toThrow('date') })
})
