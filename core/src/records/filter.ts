import { sql, type RawBuilder } from 'kysely'
import { InputError, LimitError, type Filter } from '@kartotek/sdk'
import { accessPredicate, freshAlias, linkPredicate } from '../access/predicate.ts'
import { parsePhone } from '../facts/phone.ts'
import { ADDRESS_PARTS } from '../model/field-types/relation.ts'
import { columnOf, objectOf, type FieldModel, type ObjectModel, type ReverseList } from '../model/model.ts'
import { enumName, groupName } from '../model/naming.ts'
import { identity } from '../model/unique.ts'
import { asksMayContact, mayContactCondition } from '../privacy/may-contact.ts'
import { stuckCondition } from '../pipelines/stuck.ts'
import { asksContact, asksNextStep, contactCondition, nextStepCondition } from '../tasks/next-step.ts'
import { badOperator, booleanCondition, choiceCondition, choicesCondition, idCondition, numberCondition, textCondition, timeCondition } from './filter-operators.ts'
import { asksStuck } from './judgements.ts'
import { readableField, unknownField, type Condition, type Reading } from './reading.ts'

const MAX_DEPTH = 8
const MAX_CONDITIONS = 200
/** Keys that judge a record as a whole and take a plain value. */
const JUDGEMENTS = new Set(['stuck', 'withoutNextStep', 'noContactDays', 'silentDays'])

/**
 * Compiles a filter of the API into one SQL condition on the alias. Every path in it is checked against the actor's
 * rights, and related records that the actor may not see match nothing.
 * @throws InputError for unknown fields and operators, LimitError beyond 8 levels or 200 conditions
 */
export function compileFilter(reading: Reading, object: ObjectModel, filter: Filter, alias: string): Condition {
  return new FilterCompiler(reading).object(object, filter, alias, '', 0)
}

class FilterCompiler {
  readonly #reading: Reading
  #conditions = 0
  /** Segments that are being compiled: none may be within itself. */
  readonly #within: string[] = []
  constructor(reading: Reading) { this.#reading = reading }

  object(object: ObjectModel, filter: Filter, alias: string, path: string, depth: number): Condition {
    if (depth > MAX_DEPTH) throw new LimitError(`A filter may be ${MAX_DEPTH} levels deep.`, { limit: MAX_DEPTH })
    if (filter === null || typeof filter !== 'object' || Array.isArray(filter)) throw badOperator(path || 'filter', 'takes an object.')
    const parts = Object.entries(filter).filter(([, v]) => v !== undefined && v !== null)
      .map(([key, value]) => this.#entry(object, key, value, alias, path ? `${path}.${key}` : key, depth))
    return join(parts, 'and')
  }

  #entry(object: ObjectModel, key: string, value: unknown, alias: string, path: string, depth: number): Condition {
    if (key === 'and' || key === 'or') {
      if (!Array.isArray(value)) throw badOperator(path, 'takes a list of filters.')
      const parts = value.map((f: Filter, i) => this.object(object, f, alias, `${path}.${i}`, depth + 1))
      return key === 'and' ? join(parts, 'and') : parts.length ? join(parts, 'or') : sql<boolean>`false`
    }
    if (key === 'not') return sql<boolean>`(${this.object(object, value as Filter, alias, path, depth + 1)}) is not true`
    if (++this.#conditions > MAX_CONDITIONS) throw new LimitError(`A filter may have ${MAX_CONDITIONS} conditions.`, { limit: MAX_CONDITIONS })
    if (key === 'formula') throw badOperator(path, 'a formula judges one record: it stands at the top of the condition of a gate or a rule, not in filters.')
    if (typeof value !== 'object' && !JUDGEMENTS.has(key)) throw badOperator(path, 'takes operators: { eq: … }.')
    if (key === 'inSegment') return this.#segments(object, value, alias, path)
    if (key === 'id') return idCondition(sql.ref(`${alias}.id`), value as Filter, path)
    if (key === 'stuck' && object.staged) {
      if (!asksStuck(this.#reading.access, object)) throw unknownField(object, path)
      if (typeof value !== 'boolean') throw badOperator(path, 'takes true or false.')
      return stuckCondition(this.#reading.generation, object, value, alias)
    }
    const { access, generation: { model } } = this.#reading
    if (key === 'withoutNextStep' && asksNextStep(model, access, object)) {
      if (typeof value !== 'boolean') throw badOperator(path, 'takes true or false.')
      return nextStepCondition(model, access, object, value, alias)
    }
    // Of `silentDays` only the core asks: whether nobody even tried to be in touch.
    if ((key === 'noContactDays' || key === 'silentDays') && asksContact(model, access, object)) {
      if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > 36_500) throw badOperator(path, 'takes a number of days, from 1 to 36500.')
      return contactCondition(model, access, object, value as number, alias, key === 'silentDays')
    }
    if (key === 'mayContact' && asksMayContact(model, access, object)) return mayContactCondition(model, object, value as Filter, alias)
    if (object.byKey.has(key)) return this.#field(object, key, value as Filter, alias, path, depth)
    const list = object.lists.find((l) => l.name === key)
    if (list) return this.#list(object, list, value as Filter, alias, path, depth)
    const group = object.fields.find((f) => f.group && groupName(f.group) === key)?.group
    if (!group) throw unknownField(object, path)
    return join(Object.entries(value as Filter).filter(([, v]) => v !== undefined && v !== null)
      .map(([name, v]) => this.#field(object, `${group}.${name}`, v as Filter, alias, `${path}.${name}`, depth)), 'and')
  }

  /** Records of one of the segments, as the actor would find them himself. */
  #segments(object: ObjectModel, ids: unknown, alias: string, path: string): Condition {
    if (!Array.isArray(ids)) throw badOperator(path, 'takes a list of segments.')
    return ids.length ? join(ids.map((id) => {
      const segment = this.#reading.segments?.get(String(id))
      if (segment?.object !== object.name || this.#within.includes(String(id))) throw badOperator(path, 'there is no such segment.')
      this.#within.push(String(id))
      try {
        return this.object(object, segment.filter, alias, path, 0)
      } catch (error) {
        // What it looks at is not named: who may use a segment need not know all of it.
        throw error instanceof InputError ? badOperator(path, 'the segment looks at something that is not there, or that you may not see.') : error
      } finally {
        this.#within.pop()
      }
    }), 'or') : sql<boolean>`false`
  }

  #field(object: ObjectModel, key: string, operators: Filter, alias: string, path: string, depth: number): Condition {
    const field = readableField(this.#reading, object, key, path)
    const column = sql.ref(`${alias}.${columnOf(field)}`)
    const { company, stages } = this.#reading.generation
    switch (field.handler.filter) {
      case 'text': return this.#text(field, operators, alias, path)
      case 'number': return numberCondition(column, operators, path)
      case 'money': return this.#money(field, operators, alias, path)
      case 'date': return timeCondition(column, operators, path, true, company.timeZone)
      case 'dateTime': return timeCondition(column, operators, path, false, company.timeZone)
      case 'boolean': return booleanCondition(column, operators, path)
      case 'select': return choiceCondition(column, operators, path)
      case 'multiSelect': return choicesCondition(column, operators, path)
      case 'address': return this.#address(field, operators, alias, path)
      case 'relation': return this.#relation(field, operators, alias, path, depth)
      case 'record': return this.#link(field, operators, alias, path)
      case 'pipeline': return idCondition(column, operators, path)
      case 'stage': {
        const { kind, ...rest } = operators
        const parts = Object.keys(rest).length ? [idCondition(column, rest, path)] : []
        if (kind) {
          const kinds = [kind].flat().map((k) => String(k).toLowerCase())
          const ids = [...stages.values()].filter((s) => kinds.includes(s.kind)).map((s) => s.id)
          parts.push(sql<boolean>`${column} = any(${ids}::uuid[])`)
        }
        return join(parts, 'and')
      }
    }
  }

  #text(field: FieldModel, operators: Filter, alias: string, path: string): Condition {
    if (field.type !== 'phone') {
      const normalise = field.type === 'email' ? (t: string): string => t.trim().toLowerCase() : undefined
      return textCondition(sql.ref(`${alias}.${columnOf(field)}`), operators, path, normalise)
    }
    // Whole numbers are compared normalised, those that no country knows as they were written; fragments against the digits.
    const { eq, ne, in: among, notIn, isNull, ...partial } = operators
    const whole = Object.fromEntries(Object.entries({ eq, ne, in: among, notIn }).filter(([, v]) => v !== undefined))
    const parts: Condition[] = []
    if (Object.keys(whole).length) {
      const { company } = this.#reading.generation
      parts.push(textCondition(identity(field, alias), whole, path, (t) => parsePhone(t, company).e164 ?? t.trim()))
    }
    if (Object.keys(partial).length) parts.push(textCondition(sql`regexp_replace(${identity(field, alias)}, '[^0-9+]', '', 'g')`, partial, path, (t) => t.replace(/[^\d+]/g, '')))
    if (isNull !== undefined) parts.push(textCondition(sql.ref(`${alias}.${columnOf(field)}`), { isNull }, path))
    return join(parts, 'and')
  }

  #money(field: FieldModel, operators: Filter, alias: string, path: string): Condition {
    const { currency, ...amount } = operators
    const parts = Object.keys(amount).length ? [numberCondition(sql.ref(`${alias}.${columnOf(field)}`), amount, path)] : []
    if (currency !== undefined && currency !== null) parts.push(sql<boolean>`${sql.ref(`${alias}.${columnOf(field, 'currency')}`)} = ${String(currency)}`)
    return join(parts, 'and')
  }

  #address(field: FieldModel, operators: Filter, alias: string, path: string): Condition {
    return join(Object.entries(operators).filter(([, v]) => v !== undefined && v !== null).map(([part, value]) => {
      if (part === 'isNull') return textCondition(sql.ref(`${alias}.${columnOf(field)}`), { isNull: value }, path)
      const suffix = part === 'text' ? '' : part
      if (suffix && !(ADDRESS_PARTS as readonly string[]).includes(suffix)) throw badOperator(`${path}.${part}`, 'is no part of an address.')
      return textCondition(sql.ref(`${alias}.${columnOf(field, suffix)}`), value as Filter, `${path}.${part}`)
    }), 'and')
  }

  /** Any record: its object and its id. One that the actor may not see counts as none. */
  #link(field: FieldModel, operators: Filter, alias: string, path: string): Condition {
    const { isNull, object, id, ...rest } = operators
    const [unknown] = Object.keys(rest)
    if (unknown) throw badOperator(`${path}.${unknown}`, 'use object, id or isNull.')
    const there = linkPredicate(this.#reading.generation.model, this.#reading.access, field, 'read', alias, false, this.#reading.seen)
    const parts: Condition[] = []
    if (isNull !== undefined && isNull !== null) {
      if (typeof isNull !== 'boolean') throw badOperator(`${path}.isNull`, 'takes true or false.')
      parts.push(isNull ? sql<boolean>`(${there}) is not true` : there)
    }
    const conditions = [
      ...(object ? [choiceCondition(sql.ref(`${alias}.${columnOf(field, 'object')}`), object as Filter, `${path}.object`)] : []),
      ...(id ? [idCondition(sql.ref(`${alias}.${columnOf(field)}`), id as Filter, `${path}.id`)] : []),
    ]
    if (conditions.length) parts.push(sql<boolean>`(${join(conditions, 'and')} and ${there})`)
    return join(parts, 'and')
  }

  /** A reference: conditions on the record behind it. One that the actor may not see counts as empty. */
  #relation(field: FieldModel, filter: Filter, alias: string, path: string, depth: number): Condition {
    const target = objectOf(this.#reading.generation.model, field.to!)
    const { isNull, ...rest } = filter
    const parts: Condition[] = []
    const column = `${alias}.${columnOf(field)}`
    if (isNull !== undefined && isNull !== null) {
      if (typeof isNull !== 'boolean') throw badOperator(`${path}.isNull`, 'takes true or false.')
      const there = this.#exists(target, sql<boolean>`true`, column, (inner) => inner)
      parts.push(isNull ? sql<boolean>`not ${there}` : there)
    }
    if (Object.keys(rest).length) {
      const inner = freshAlias()
      parts.push(this.#exists(target, this.object(target, rest, inner, path, depth + 1), column, () => inner))
    }
    return join(parts, 'and')
  }

  #exists(target: ObjectModel, condition: Condition, column: string, aliasOf: (fresh: string) => string): Condition {
    const inner = aliasOf(freshAlias())
    const allowed = accessPredicate(this.#reading.generation.model, this.#reading.access, target, 'read', inner)
    return sql<boolean>`exists (select 1 from core.${sql.id(target.table)} ${sql.id(inner)} where ${sql.ref(`${inner}.id`)} = ${sql.ref(column)}
      and ${condition}${allowed ? sql` and ${allowed}` : sql``})`
  }

  /** A list of parts or referring records: `some` matches, `none` does, or a comparison with how many do (`count`) or with their `sum`. */
  #list(object: ObjectModel, list: ReverseList, filter: Filter, alias: string, path: string, depth: number): Condition {
    if (!this.#reading.access.canList(list)) throw unknownField(object, path)
    const { some, none, count, sum, ...rest } = filter
    const [unknown] = Object.keys(rest)
    if (unknown) throw badOperator(`${path}.${unknown}`, 'use some, none, count or sum.')
    const exists = (f: unknown, name: string): Condition => {
      const inner = freshAlias()
      const matching = this.#matching(list, f as Filter, inner, `${path}.${name}`, depth)
      return sql<boolean>`exists (select 1 from ${matching} and ${sql.ref(`${inner}.${this.#back(list)}`)} = ${sql.ref(`${alias}.id`)})`
    }
    return join([
      ...(some ? [exists(some, 'some')] : []),
      ...(none ? [sql<boolean>`not ${exists(none, 'none')}`] : []),
      ...(count ? [this.#measure(list, count as Filter, alias, `${path}.count`, depth)] : []),
      ...(sum ? (Array.isArray(sum) ? sum as Filter[] : [sum as Filter]).map((one) => this.#measure(list, one, alias, `${path}.sum`, depth, true)) : []),
    ], 'and')
  }

  #back(list: ReverseList): string {
    return columnOf(objectOf(this.#reading.generation.model, list.object).byKey.get(list.field)!)
  }

  /** Table and condition of the list's records that the actor sees and that match; archived ones belong to it, trashed ones do not, but rows are where their record is. `wide`: of all lists at once. */
  #matching(list: ReverseList, filter: Filter, inner: string, path: string, depth: number, wide = false): RawBuilder<unknown> {
    const other = objectOf(this.#reading.generation.model, list.object)
    const condition = this.object(other, filter, inner, path, depth + 1)
    const allowed = list.part ? null : accessPredicate(this.#reading.generation.model, this.#reading.access, other, 'read', inner, wide)
    return sql`core.${sql.id(other.table)} ${sql.id(inner)} where ${list.part ? sql`` : sql`${sql.ref(`${inner}.trashed_at`)} is null and `}${condition}${allowed ? sql` and ${allowed}` : sql``}`
  }

  /**
   * The matching records of each list are counted or added up once for all lists, and compared: a look into the list of each
   * record would cost as much as the records are many. Where nothing at all compares too, those that do not are taken out.
   */
  #measure(list: ReverseList, given: Filter, alias: string, path: string, depth: number, summed = false): Condition {
    if (typeof given !== 'object' || Array.isArray(given)) throw badOperator(path, 'takes an object.')
    if (++this.#conditions > MAX_CONDITIONS) throw new LimitError(`A filter may have ${MAX_CONDITIONS} conditions.`, { limit: MAX_CONDITIONS })
    const { where, field: key, currency, ...operators } = given
    const inner = freshAlias()
    const matching = this.#matching(list, (where ?? {}) as Filter, inner, `${path}.where`, depth, true)
    const own: Condition[] = []
    let value: RawBuilder<unknown> = sql`count(*)`
    if (summed) {
      const other = objectOf(this.#reading.generation.model, list.object)
      const name = String(key)
      const field = readableField(this.#reading, other, other.fields.find((f) => enumName(f.key) === name)?.key ?? name, `${path}.${name}`)
      if (!field.handler.summable) throw badOperator(`${path}.field`, 'is no field that can be added up.')
      // Money is never added over currencies.
      if (field.handler.filter === 'money') own.push(sql<boolean>`${sql.ref(`${inner}.${columnOf(field, 'currency')}`)} = ${String(currency ?? this.#reading.generation.company.currency)}`)
      value = sql`coalesce(sum(${sql.ref(`${inner}.${columnOf(field)}`)}), 0)`
    } else if (key !== undefined || currency !== undefined) throw badOperator(path, 'field and currency belong to sum.')
    const compared = numberCondition(value, operators, path)
    const back = sql.ref(`${inner}.${this.#back(list)}`)
    const group = freshAlias()
    const nothing = holdsForNothing(operators)
    const lists = sql`select ${back} as id from ${matching} and ${join([sql<boolean>`${back} is not null`, ...own], 'and')} group by 1 having ${nothing ? sql`(${compared}) is not true` : compared}`
    const found = sql<boolean>`exists (select 1 from (${lists}) ${sql.id(group)} where ${sql.ref(`${group}.id`)} = ${sql.ref(`${alias}.id`)})`
    return nothing ? sql<boolean>`not ${found}` : found
  }
}

/** Whether a count or a sum of nothing, which is 0, compares. */
function holdsForNothing(operators: Filter): boolean {
  const tests: Record<string, (value: unknown) => boolean> = {
    eq: (v) => Number(v) === 0, ne: (v) => Number(v) !== 0, gt: (v) => Number(v) < 0, gte: (v) => Number(v) <= 0, lt: (v) => Number(v) > 0, lte: (v) => Number(v) >= 0,
    in: (v) => (v as unknown[]).some((one) => Number(one) === 0), notIn: (v) => !(v as unknown[]).some((one) => Number(one) === 0), isNull: (v) => v === false,
  }
  return Object.entries(operators).filter(([, v]) => v !== undefined && v !== null).every(([name, v]) => tests[name]!(v))
}

function join(parts: Condition[], operator: 'and' | 'or'): Condition {
  if (!parts.length) return sql<boolean>`true`
  return parts.length === 1 ? parts[0]! : sql<boolean>`(${sql.join(parts, sql.raw(` ${operator} `))})`
}
