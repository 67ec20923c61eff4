import { describe, expect, it } from 'vitest'
import { compileExpression } from './expression.ts'
import { ExpressionError } from './parse.ts'
import { Exact, textOf, type Value, type ValueType } from './value.ts'

const eur = (amount: string): Value => ({ amount: new Exact(amount), currency: 'EUR' })
const FIELDS: Record<string, [ValueType, Value]> = {
  'price': ['money', eur('19.99')], 'inRoubles': ['money', { amount: new Exact(5), currency: 'RUB' }], 'quantity': ['number', new Exact('3')], 'discount': ['number', null], 'name': ['text', 'Ёлка'],
  'custom.tier': ['text', 'gold'], 'looks': ['text', '2026-01-01'], 'looksLong': ['text', '2026-01-01Tuesday'], 'paid': ['boolean', null], 'born': ['date', '2024-02-29'], 'at': ['dateTime', '2026-03-28T22:30:00.000Z'],
}
const type = (path: string): ValueType | null => FIELDS[path]?.[0] ?? null
const scope = { now: new Date('2026-11-22T22:30:00Z'), timeZone: 'Europe/Helsinki', value: (path: string) => FIELDS[path]![1] }
const run = (text: string): string | null => { const value = compileExpression(text, type).run(scope); return value === null ? null : textOf(value) }
const rule = (text: string, stored = false): string => { try { compileExpression(text, type, { stored }) } catch (error) { if (error instanceof ExpressionError) return error.rule; throw error } return 'none' }

describe('expressions', () => {
  it.each([
    // Floats would say 0.30000000000000004 and 59.97000000000001.
    ['0.1 + 0.2', '0.3'], ['price * quantity', '59.97 EUR'], ['round(price * 0.125, 2)', '2.5 EUR'], ['round(-2.5)', '-3'], ['1 + 2 * 3', '7'], ['-(1 + 2) % 2', '-1'],
    ['price / price', '1'], ['amount(price) > 10 and custom.tier = "gold"', 'true'], ['if(custom.tier == "gold", 0.1, 0)', '0.1'], ['custom.tier != "gold" ? 1 : 2', '2'],
    ['1 / 3 * 3 = 1', 'false'], ['round(1 / 3 * 3, 10) = 1', 'true'], ['name + ", " + quantity', 'Ёлка, 3'], ['name + discount', 'Ёлка'], ['upper(left(name, 2))', 'ЁЛ'], ['length("дом")', '3'], ['contains(name, "ёл")', 'true'],
    ['born + 1', '2024-03-01'], ['looks + 5', '2026-01-015'], ['looksLong + 5', '2026-01-01Tuesday5'], ['5 + looks', '52026-01-01'], ['at + 1', '2026-03-29T21:30:00.000Z'], ['.5 + 1', '1.5'], ['addMonths(born, 12)', '2025-02-28'], ['daysBetween(born, date(at))', '759'], ['year(born) * 100 + month(born)', '202402'],
    // 00:30 of the next day in Helsinki, and the night of summer time has 23 hours.
    ['date(at)', '2026-03-29'], ['addDays(at, 1)', '2026-03-29T21:30:00.000Z'], ['today()', '2026-11-23'], ['max(1, empty, 3, 2)', '3'], ['coalesce(discount, 0)', '0'], ['number("1,5") * 2', '3'],
  ])('%s is %s', (text, expected) => expect(run(text)).toBe(expected))

  it.each(['quantity * discount', 'quantity / 0', 'quantity % 0', 'price + inRoubles', 'price / inRoubles', 'number("many")', 'born + discount', 'empty'])('%s is empty', (text) => expect(run(text)).toBeNull())

  it.each([['discount < 1', 'false'], ['discount = empty', 'true'], ['not paid', 'true'], ['paid and true', 'false'], ['price > inRoubles', 'false']])('%s with something empty is %s', (text, expected) => expect(run(text)).toBe(expected))

  it.each([
    ['price + 1', 'formulaTypes'], ['name * 2', 'formulaTypes'], ['if(name, 1, 2)', 'formulaTypes'], ['if(true, 1, "a")', 'formulaTypes'], ['salary', 'formulaField'], ['constructor("x")', 'formulaFunction'], ['toString()', 'formulaFunction'],
    ['name.constructor', 'formulaField'], ['name["length"]', 'formulaSyntax'], ['1 +', 'formulaSyntax'], ['', 'formulaSyntax'], ['1; 2', 'formulaSyntax'], ['1 | 2', 'formulaSyntax'], ['this', 'formulaSyntax'], ['[1]', 'formulaSyntax'],
    ['1e900000000', 'formulaSyntax'], ['1e1000000 % 7', 'formulaSyntax'], ['9'.repeat(31), 'formulaSyntax'], ['9'.repeat(30), 'none'],
    [`${'('.repeat(900)}1${')'.repeat(900)}`, 'none'], ['1+'.repeat(900) + '1', 'formulaLong'], ['x'.repeat(2_001), 'formulaLong'],
  ])('%s is refused: %s', (text, expected) => expect(rule(text)).toBe(expected))

  it('leaves what grows beyond all bounds empty, at once', () => {
    const square = (text: string, times: number): string => (times ? square(`(${text}) * (${text})`, times - 1) : text)
    expect(run(`text(${square('9'.repeat(28), 1)})`)).not.toBeNull()
    expect(run(`text(${square('9'.repeat(28), 2)})`)).toBeNull()
    expect(run(`${square('9'.repeat(28), 2)} % 7`)).toBeNull()
    expect(run(`price * ${square('9'.repeat(28), 1)} * ${square('9'.repeat(28), 1)}`)).toBeNull()
  })

  it('keeps what changes by itself out of columns', () => {
    expect(rule('addDays(today(), 1)', true)).toBe('formulaVolatile')
    expect(rule('addDays(today(), 1)')).toBe('none')
  })

  it('tells which fields it reads', () => expect(compileExpression('price * quantity + price', type).paths).toEqual(['price', 'quantity']))
})
