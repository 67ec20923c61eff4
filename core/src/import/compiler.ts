import { InputError, textIn } from '@kartotek/sdk'
import { countryCode, normaliseEmail, parsePhone, searchForm } from '../facts/index.ts'
import type { FieldModel, ObjectModel } from '../model/model.ts'
import type { Reading } from '../records/reading.ts'
import { put } from '../records/rows.ts'
import { CellProblem, datePattern, momentOf, parseBoolean, parseLocalTime, parseNumber } from './convert.ts'
import { columnsOf, isSource } from './mapping.ts'
import type { Condition, FieldSources, Mapping, Source } from './mapping.ts'
import { multiply } from './multiply.ts'
import type { Built } from './plan.ts'

export interface Cell { get(column: string): string }
export type Setter = (cells: Cell, built: Building) => unknown
/** Where a row's setters put what they cannot decide alone. */
export interface Building extends Pick<Built, 'pending' | 'columns' | 'problems'> { country: string | undefined, mains: ((id: string) => void)[] }

/** Whose import it is, over which generation. What he may not see does not exist for his descriptions. */
export type Importing = Pick<Reading, 'generation' | 'access'>

/** Turns sources into functions over the cells of a row, by the types of the fields. */
export class Compiler {
  readonly #importing: Importing
  readonly #mapping: Mapping
  readonly #zone: string

  constructor(importing: Importing, mapping: Mapping) {
    this.#importing = importing
    this.#mapping = mapping
    this.#zone = mapping.timeZone ?? importing.generation.company.timeZone
    try {
      new Intl.DateTimeFormat('en', { timeZone: this.#zone })
    } catch {
      throw new InputError(`The time zone "${this.#zone}" is not known; give one like Europe/Helsinki.`)
    }
  }

  /** An input of the object: fields by their keys, lists of parts by their names. */
  fields(object: ObjectModel, sources: FieldSources, path: string): Setter {
    const setters = Object.entries(sources).map(([name, source]): ((cells: Cell, building: Building, input: Record<string, unknown>) => boolean) => {
      const { access } = this.#importing
      const list = object.lists.find((one) => one.part && one.name === name && access.canList(one))
      if (list) return this.#list(objectNamed(this.#importing, list.object), name, source, path)
      const field = fieldNamed(this.#importing, object, name)
      if (field.readOnly || !access.canWrite(field)) throw new InputError(`The field "${name}" of "${object.name}" cannot be written.`)
      if (Array.isArray(source)) throw new InputError(`The field "${name}" of "${object.name}" is no list.`)
      const set = this.#field(object, field, source, path + name)
      return (cells, building, input) => {
        const value = attempt(building, () => set(cells, building), columnIn(source))
        const column = columnIn(source)
        if (column) building.columns.set(path + name, column)
        if (value instanceof Deferred) {
          value.into((id) => put(input, field, id))
          return true
        }
        put(input, field, value ?? null)
        return value !== null && value !== undefined && !isConstant(source)
      }
    })
    return (cells, building) => {
      const input: Record<string, unknown> = {}
      let filled = false
      for (const set of setters) filled = set(cells, building, input) || filled
      FILLED.set(input, filled)
      return input
    }
  }

  #list(part: ObjectModel, name: string, source: FieldSources[string], path: string): (cells: Cell, building: Building, input: Record<string, unknown>) => boolean {
    if (!Array.isArray(source)) throw new InputError(`"${name}" is a list: give an array of items.`)
    const items = source.map((one) => this.fields(part, one, ''))
    return (cells, building, input) => {
      const made: Record<string, unknown>[] = []
      for (const item of items) {
        const columns = new Map<string, string>()
        const value = item(cells, { ...building, columns }) as Record<string, unknown>
        // An item of which only constants are filled says nothing: a kind of phone without a number.
        if (!FILLED.get(value)) continue
        for (const [inner, column] of columns) building.columns.set(`${path}${name}.${made.length}.${inner}`, column)
        made.push(value)
      }
      if (part.name === 'contactPoint') for (const item of made) this.#internationalise(item, building)
      input[name] = made
      return made.length > 0
    }
  }

  /** A local phone of another country gets its country code, as far as it is valid there. */
  #internationalise(item: Record<string, unknown>, building: Building): void {
    if (item.kind !== 'phone' || !building.country || building.country === this.#importing.generation.company.country || typeof item.value !== 'string') return
    const phone = parsePhone(item.value, building.country)
    if (phone.valid) item.value = phone.display.replace(' #', ' ext. ')
  }

  #field(object: ObjectModel, field: FieldModel, source: Source | FieldSources, path: string): Setter {
    if (typeof source === 'object' && !isSource(source)) return this.#composite(field, source, path)
    const text = this.text(source)
    const options = typeof source === 'object' ? source : {}
    const { decimal } = this.#mapping
    const number = (value: unknown): string => {
      const plain = parseNumber(String(value), decimal)
      return options.times === undefined ? plain : multiply(plain, options.times)
    }
    const of = (convert: (value: string, building: Building) => unknown): Setter => (cells, building) => {
      const value = text(cells)
      return value === null || value === '' ? null : typeof value === 'string' ? convert(value, building) : value
    }
    if (options.record) return (_, building) => deferred((put) => building.mains.push(put))
    if (field.name === 'stage' && object.staged) return of((value) => this.#stage(object, value))
    if (field.name === 'pipeline' && object.staged) return of((value) => this.#pipeline(object, value).id)
    switch (field.type) {
      case 'boolean': return of(parseBoolean)
      case 'integer': return of((value) => {
        const whole = number(value)
        if (!/^-?\d+(\.0+)?$/.test(whole)) throw new CellProblem('integer', { value })
        return Number(whole)
      })
      case 'decimal': return of(number)
      case 'money': return of((value) => ({ amount: number(value), currency: this.#mapping.currency ?? this.#importing.generation.company.currency }))
      case 'date': {
        if (options.date) datePattern(options.date)
        return of((value) => {
          const time = parseLocalTime(value, options.date)
          // A moment with a zone falls on a day of the company's calendar.
          return time.utc ? new Date(momentOf(time, 'UTC').toLocaleString('sv', { timeZone: this.#zone }).slice(0, 10)).toISOString().slice(0, 10) : time.day
        })
      }
      case 'dateTime': return of((value) => momentOf(parseLocalTime(value, options.date), this.#zone).toISOString())
      case 'select': return of((value) => optionKey(field, value))
      case 'multiSelect': return of((value) => [...new Set(value.split(/[,;|]/).map((word) => word.trim()).filter(Boolean).map((word) => optionKey(field, word)))])
      case 'user': case 'reference': return this.#reference(field, text, options, columnIn(source))
      case 'address': return of((value) => ({ text: value }))
      case 'taxId': return of((value, building) => ({ value, ...(building.country ? { country: building.country } : {}) }))
      case 'phone': return of((value, building) => {
        const phone = building.country && building.country !== this.#importing.generation.company.country ? parsePhone(value, building.country) : null
        return phone?.valid ? phone.display.replace(' #', ' ext. ') : value
      })
      default: return of((value) => value)
    }
  }

  #composite(field: FieldModel, sources: FieldSources, path: string): Setter {
    if (field.type !== 'address' && field.type !== 'money' && field.type !== 'taxId') throw new InputError(`The field "${field.key}" is not made of parts: give one source.`)
    const parts = Object.entries(sources).map(([name, source]) => {
      if (Array.isArray(source) || (typeof source === 'object' && !isSource(source))) throw new InputError(`"${path}.${name}" must be one source.`)
      return { name, text: this.text(source as Source), constant: isConstant(source as Source) }
    })
    return (cells) => {
      const value: Record<string, unknown> = {}
      let filled = false
      for (const { name, text, constant } of parts) {
        const one = text(cells)
        if (one === null || one === '') continue
        value[name] = name === 'country' ? countryOf(one) : name === 'amount' ? parseNumber(String(one), this.#mapping.decimal) : String(one)
        filled ||= !constant && name !== 'country'
      }
      return filled ? value : null
    }
  }

  #reference(field: FieldModel, text: (cells: Cell) => unknown, options: Exclude<Source, string> | Record<string, never>, column: string | null): Setter {
    const target = objectNamed(this.#importing, field.type === 'user' ? 'user' : field.to!)
    const by = options.by ?? 'key'
    if (by !== 'key') fieldNamed(this.#importing, target, by)
    return (cells, building) => {
      const value = text(cells)
      if (value === null || value === '') return null
      const word = target.byKey.get(by)?.type === 'email' ? (normaliseEmail(String(value)).value ?? String(value)) : String(value)
      return deferred((put) => building.pending.push({ put, object: target.name, by, text: word, column, missing: options.missing ?? 'error' }))
    }
  }

  #pipeline(object: ObjectModel, key: string | undefined) {
    const pipelines = this.#importing.generation.pipelines.filter((one) => one.object === object.name && !one.archived)
    const pipeline = key ? pipelines.find((one) => one.key === key) : (pipelines.find((one) => one.isDefault) ?? pipelines[0])
    if (!pipeline) throw new InputError(`There is no pipeline "${key ?? ''}" of "${object.name}"; there are ${pipelines.map((one) => one.key).join(', ')}.`)
    return pipeline
  }

  #stage(object: ObjectModel, value: string): string {
    const pipeline = this.#pipeline(object, this.#mapping.pipeline)
    const form = searchForm(value)
    const stage = pipeline.stages.find((one) => !one.archived && (one.key === value || Object.values(one.name).some((name) => searchForm(name) === form)))
    if (!stage) throw new CellProblem('stage', { value })
    return stage.id
  }

  moment(source: Source): (cells: Cell) => Date | null {
    const text = this.text(source)
    const form = typeof source === 'object' ? source.date : undefined
    const column = columnIn(source)
    return (cells) => {
      const value = text(cells)
      if (value === null || value === '') return null
      try {
        return momentOf(parseLocalTime(String(value), form), this.#zone)
      } catch (error) {
        if (error instanceof CellProblem) error.params.column = column
        throw error
      }
    }
  }

  /** The raw value of a source: text of cells, or what constants and maps give. */
  text(source: Source): (cells: Cell) => unknown {
    if (typeof source === 'string') return (cells) => cells.get(source)
    const raw = this.#raw(source)
    const { map } = source
    if (!map) return raw
    return (cells) => {
      const value = raw(cells)
      if (value === '' || value === null) return Object.hasOwn(map, '') ? map[''] : null
      if (!Object.hasOwn(map, String(value))) throw new CellProblem('mapped', { value, column: columnIn(source) })
      return map[String(value)]
    }
  }

  #raw(source: Exclude<Source, string>): (cells: Cell) => unknown {
    const { column, columns, join = ' ', constant, cases, otherwise } = source
    if (column !== undefined) return (cells) => cells.get(column)
    if (columns) return (cells) => columns.map((one) => cells.get(one)).filter((text) => text !== '').join(join)
    if (cases) {
      const compiled = cases.map((one) => ({ when: one.when, then: this.text(one.then) }))
      const last = otherwise === undefined ? null : this.text(otherwise)
      return (cells) => (compiled.find((one) => holds(one.when, cells))?.then ?? last)?.(cells) ?? null
    }
    return () => constant ?? null
  }
}

/** Whether an input that was built has anything that came from the row. */
const FILLED = new WeakMap<object, boolean>()

/** A value that is known later: a reference that must be looked up. */
class Deferred { into: (put: (id: string | null) => void) => void
  constructor(into: (put: (id: string | null) => void) => void) { this.into = into } }
const deferred = (into: (put: (id: string | null) => void) => void): Deferred => new Deferred(into)

const isConstant = (source: Source | FieldSources | FieldSources[]): boolean =>
  typeof source === 'object' && !Array.isArray(source) && ('constant' in source || 'record' in source)

function columnIn(source: Source | FieldSources | FieldSources[]): string | null {
  if (typeof source === 'string') return source
  if (Array.isArray(source) || !isSource(source)) return [...columnsOf({ object: '', fields: { x: source } })][0] ?? null
  return source.column ?? source.columns?.[0] ?? source.cases?.[0]?.when.column ?? null
}

function optionKey(field: FieldModel, word: string): string {
  const form = searchForm(word)
  const option = field.options?.find((one) => searchForm(one.key) === form) ?? field.options?.find((one) => Object.values(one.label).some((label) => searchForm(label) === form))
  if (!option) throw new CellProblem('option', { value: word, choices: field.options?.map((one) => textIn(one.label, 'en')) })
  return option.key
}

/** @throws InputError where the importer sees no such object */
export function objectNamed({ generation, access }: Importing, name: string): ObjectModel {
  const objects = [...generation.model.objects.values()].filter((one) => access.scope(one, 'read') !== 'none')
  const object = objects.find((one) => one.name === name)
  if (!object) throw new InputError(`There is no object "${name}"; there are ${objects.map((one) => one.name).join(', ')}.`)
  return object
}

/** @throws InputError where the importer sees no such field */
export function fieldNamed({ access }: Importing, object: ObjectModel, key: string): FieldModel {
  const field = object.byKey.get(key)
  if (!field || !access.canRead(field)) throw new InputError(`The object "${object.name}" has no field "${key}".`)
  return field
}

export function holds(when: Condition, cells: Cell): boolean {
  const text = cells.get(when.column)
  const among = (words: string | string[]): boolean => (Array.isArray(words) ? words : [words]).includes(text)
  return (when.filled === undefined || when.filled === (text !== '')) && (when.is === undefined || among(when.is)) && (when.not === undefined || !among(when.not))
}

export function countryOf(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null
  const code = countryCode(String(value))
  if (!code) throw new CellProblem('country', { value })
  return code
}

export function attempt<T>(building: Building, work: () => T, column: string | null = null): T | null {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof CellProblem)) throw error
    building.problems.push({ column: (error.params.column as string | undefined) ?? column, rule: error.rule, params: error.params })
    return null
  }
}
