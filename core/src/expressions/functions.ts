import { DateTime } from 'luxon'
import { Decimal } from 'decimal.js'
import { ExpressionError } from './parse.ts'
import { compare, Exact, isMoney, textOf, type MoneyValue, type Value, type ValueType } from './value.ts'

/** What functions may need beside their arguments. */
export interface Scope { now: Date, timeZone: string, value(path: string): Value }

/** A function by the types of its arguments: the type of its result, or null where it does not take them. */
export interface FunctionDefinition {
  type(args: ValueType[]): ValueType | null
  /** Goes on with empty arguments, always or for these types. Default: an empty argument makes the result empty. */
  takesEmpty?: true | ((args: ValueType[]) => boolean)
  /** Changes without any field changing: not for what is stored. */
  volatile?: true
  /** `types` are those of the arguments: a text may look like a date. */
  run(args: Value[], scope: Scope, types: ValueType[]): Value
}

const number = (value: Value): Decimal => value as Decimal
const text = (value: Value): string => value as string
const money = (value: Value): MoneyValue => value as MoneyValue
const whole = (value: Value): number => number(value).trunc().toNumber()

const fits = (actual: ValueType, wanted: ValueType): boolean => actual === wanted || actual === 'empty'
/** All arguments have these types, in order. */
const takes = (result: ValueType, ...wanted: ValueType[]): FunctionDefinition['type'] => (args) => (args.length === wanted.length && args.every((a, i) => fits(a, wanted[i]!)) ? result : null)
/** The one type of several arguments; null where they differ. */
function common(args: ValueType[]): ValueType | null {
  const types = [...new Set(args.filter((a) => a !== 'empty'))]
  return types.length > 1 ? null : types[0] ?? 'empty'
}
const oneOf = (...definitions: FunctionDefinition['type'][]): FunctionDefinition['type'] => (args) => definitions.map((d) => d(args)).find((t) => t !== null) ?? null

const sameCurrency = (a: MoneyValue, b: MoneyValue, amount: (x: Decimal, y: Decimal) => Decimal): Value => (a.currency === b.currency ? { amount: amount(a.amount, b.amount), currency: a.currency } : null)
const isDate = (type: ValueType): boolean => type === 'date' || type === 'dateTime'

const day = (value: Value, scope: Scope): DateTime => (text(value).length === 10 ? DateTime.fromISO(text(value), { zone: 'utc' }) : DateTime.fromISO(text(value)).setZone(scope.timeZone))
const dated = (at: DateTime, like: Value): Value => (text(like).length === 10 ? at.toISODate() : at.toUTC().toISO())
const part = (unit: 'year' | 'month' | 'day' | 'weekday'): FunctionDefinition => ({ type: oneOf(takes('number', 'date'), takes('number', 'dateTime')), run: ([a], scope) => new Exact(day(a!, scope)[unit]) })
const shift = (unit: 'days' | 'months'): FunctionDefinition => ({
  type: oneOf(takes('date', 'date', 'number'), takes('dateTime', 'dateTime', 'number')),
  run: ([a, n], scope) => (number(n!).abs().gt(100_000) ? null : dated(day(a!, scope).plus({ [unit]: whole(n!) }), a!)),
})
const order = (meets: (by: number) => boolean): FunctionDefinition => ({
  type: (args) => (args.length === 2 && common(args) && !args.includes('boolean') ? 'boolean' : null),
  takesEmpty: true,
  run: ([a, b]) => { const by = a === null || b === null ? null : compare(a!, b!); return by !== null && meets(by) },
})
const extreme = (sign: 1 | -1): FunctionDefinition => ({
  type: (args) => (args.length && !args.includes('boolean') ? common(args) : null),
  takesEmpty: true,
  run: (args) => args.reduce((best, a) => (a === null ? best : best === null || (compare(a, best) ?? 0) * sign > 0 ? a : best), null),
})
const letters = (count: Value): number => Math.max(0, Math.min(20_000, whole(count)))

/** Operators and functions of the language, by name. */
export const FUNCTIONS: Record<string, FunctionDefinition> = {
  '+': {
    type: oneOf(takes('number', 'number', 'number'), takes('money', 'money', 'money'), takes('date', 'date', 'number'), takes('dateTime', 'dateTime', 'number'), (args) => (args.includes('text') ? 'text' : null)),
    takesEmpty: (args) => args.includes('text'),
    run: ([a, b], scope, types) => {
      if (types.includes('text')) return textOf(a!) + textOf(b!)
      if (isMoney(a!) && isMoney(b!)) return sameCurrency(a, b, (x, y) => x.plus(y))
      return types.some(isDate) ? FUNCTIONS.addDays!.run([a!, b!], scope, types) : number(a!).plus(number(b!))
    },
  },
  '-': {
    type: oneOf(takes('number', 'number', 'number'), takes('money', 'money', 'money'), takes('date', 'date', 'number'), takes('dateTime', 'dateTime', 'number'), (args) => (args.length === 2 && args.every(isDate) ? 'number' : null)),
    run: ([a, b], scope, types) => {
      if (isMoney(a!) && isMoney(b!)) return sameCurrency(a, b, (x, y) => x.minus(y))
      if (Decimal.isDecimal(a)) return a.minus(number(b!))
      return Decimal.isDecimal(b) ? FUNCTIONS.addDays!.run([a!, b.neg()], scope, types) : FUNCTIONS.daysBetween!.run([b!, a!], scope, types)
    },
  },
  '*': {
    type: oneOf(takes('number', 'number', 'number'), takes('money', 'money', 'number'), takes('money', 'number', 'money')),
    run: ([a, b]) => (isMoney(a!) ? { ...a, amount: a.amount.times(number(b!)) } : isMoney(b!) ? { ...b, amount: b.amount.times(number(a!)) } : number(a!).times(number(b!))),
  },
  '/': {
    type: oneOf(takes('number', 'number', 'number'), takes('money', 'money', 'number'), takes('number', 'money', 'money')),
    run: ([a, b]) => {
      const by = isMoney(b!) ? b.amount : number(b!)
      if (by.isZero() || (isMoney(a!) && isMoney(b!) && a.currency !== b.currency)) return null
      return isMoney(a!) ? (isMoney(b!) ? a.amount.div(by) : { ...a, amount: a.amount.div(by) }) : number(a!).div(by)
    },
  },
  '%': { type: takes('number', 'number', 'number'), run: ([a, b]) => (number(b!).isZero() ? null : number(a!).mod(number(b!))) },
  'negate': { type: oneOf(takes('number', 'number'), takes('money', 'money')), run: ([a]) => (isMoney(a!) ? { ...a, amount: a.amount.neg() } : number(a!).neg()) },
  '=': { type: (args) => (args.length === 2 && common(args) ? 'boolean' : null), takesEmpty: true, run: ([a, b]) => compare(a!, b!) === 0 },
  '<>': { type: (args) => (args.length === 2 && common(args) ? 'boolean' : null), takesEmpty: true, run: ([a, b]) => compare(a!, b!) !== 0 },
  '<': order((by) => by < 0),
  '<=': order((by) => by <= 0),
  '>': order((by) => by > 0),
  '>=': order((by) => by >= 0),
  'not': { type: takes('boolean', 'boolean'), takesEmpty: true, run: ([a]) => a !== true },
  'and': { type: takes('boolean', 'boolean', 'boolean'), takesEmpty: true, run: (args) => args.every((a) => a === true) },
  'or': { type: takes('boolean', 'boolean', 'boolean'), takesEmpty: true, run: (args) => args.some((a) => a === true) },
  'if': { type: (args) => (args.length === 3 && fits(args[0]!, 'boolean') ? common(args.slice(1)) : null), takesEmpty: true, run: ([c, a, b]) => (c === true ? a! : b!) },
  'isEmpty': { type: (args) => (args.length === 1 ? 'boolean' : null), takesEmpty: true, run: ([a]) => a === null || a === '' },
  'coalesce': { type: (args) => (args.length ? common(args) : null), takesEmpty: true, run: (args) => args.find((a) => a !== null) ?? null },
  'min': extreme(-1),
  'max': extreme(1),
  'abs': { type: takes('number', 'number'), run: ([a]) => number(a!).abs() },
  'floor': { type: takes('number', 'number'), run: ([a]) => number(a!).floor() },
  'ceil': { type: takes('number', 'number'), run: ([a]) => number(a!).ceil() },
  'round': {
    type: oneOf(takes('number', 'number'), takes('number', 'number', 'number'), takes('money', 'money'), takes('money', 'money', 'number')),
    run: ([a, digits]) => {
      const places = digits === undefined ? (isMoney(a!) ? 2 : 0) : Math.max(0, Math.min(10, whole(digits)))
      return isMoney(a!) ? { ...a, amount: a.amount.toDecimalPlaces(places) } : number(a!).toDecimalPlaces(places)
    },
  },
  'amount': { type: takes('number', 'money'), run: ([a]) => money(a!).amount },
  'currency': { type: takes('text', 'money'), run: ([a]) => money(a!).currency },
  'money': { type: takes('money', 'number', 'text'), run: ([a, c]) => (/^[A-Z]{3}$/.test(text(c!)) ? { amount: number(a!), currency: text(c!) } : null) },
  'text': { type: (args) => (args.length === 1 ? 'text' : null), run: ([a]) => textOf(a!) },
  'number': { type: takes('number', 'text'), run: ([a]) => (/^\s*[+-]?\d{1,20}([.,]\d{1,10})?\s*$/.test(text(a!)) ? new Exact(text(a!).trim().replace(',', '.')) : null) },
  'length': { type: takes('number', 'text'), run: ([a]) => new Exact([...text(a!)].length) },
  'upper': { type: takes('text', 'text'), run: ([a]) => text(a!).toUpperCase() },
  'lower': { type: takes('text', 'text'), run: ([a]) => text(a!).toLowerCase() },
  'trim': { type: takes('text', 'text'), run: ([a]) => text(a!).trim() },
  'left': { type: takes('text', 'text', 'number'), run: ([a, n]) => [...text(a!)].slice(0, letters(n!)).join('') },
  'right': { type: takes('text', 'text', 'number'), run: ([a, n]) => (letters(n!) ? [...text(a!)].slice(-letters(n!)).join('') : '') },
  'contains': { type: takes('boolean', 'text', 'text'), run: ([a, b]) => text(a!).toLowerCase().includes(text(b!).toLowerCase()) },
  'startsWith': { type: takes('boolean', 'text', 'text'), run: ([a, b]) => text(a!).toLowerCase().startsWith(text(b!).toLowerCase()) },
  'year': part('year'),
  'month': part('month'),
  'day': part('day'),
  'weekday': part('weekday'),
  'date': { type: takes('date', 'dateTime'), run: ([a], scope) => day(a!, scope).toISODate() },
  'addDays': shift('days'),
  'addMonths': shift('months'),
  'daysBetween': {
    type: (args) => (args.length === 2 && args.every((a) => isDate(a) || a === 'empty') ? 'number' : null),
    run: ([a, b], scope) => new Exact(Math.round(calendarDay(day(b!, scope)).diff(calendarDay(day(a!, scope)), 'days').days)),
  },
  'hoursBetween': { type: takes('number', 'dateTime', 'dateTime'), run: ([a, b]) => new Exact(Date.parse(text(b!)) - Date.parse(text(a!))).div(3_600_000) },
  'today': { type: takes('date'), volatile: true, run: (_, scope) => DateTime.fromJSDate(scope.now).setZone(scope.timeZone).toISODate() },
  'now': { type: takes('dateTime'), volatile: true, run: (_, scope) => scope.now.toISOString() },
}

const calendarDay = (at: DateTime): DateTime => DateTime.utc(at.year, at.month, at.day)

/** @throws ExpressionError where there is none of this name */
export function functionOf(name: string): FunctionDefinition {
  if (!Object.hasOwn(FUNCTIONS, name)) throw new ExpressionError('formulaFunction', { name })
  return FUNCTIONS[name]!
}
