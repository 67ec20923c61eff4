import { InputError, textIn } from '@kartotek/sdk'
import type { Generation } from '../model/generation.ts'
import type { FieldModel, ObjectModel } from '../model/model.ts'
import { countryCode, normaliseEmail, parsePhone, searchForm } from '../facts/index.ts'
import { put } from '../records/rows.ts'
import { CellProblem, datePattern, momentOf, parseBoolean, parseLocalTime, parseNumber } from './convert.ts'
import type { CsvRow } from './csv-reader.ts'
import { columnsOf, isSource } from './mapping.ts'
import type { AlsoMapping, Condition, FieldSources, KeyColumns, Mapping, Source } from './mapping.ts'

/** A reference that is known by its text and must still be found. */
export interface Pending { put(id: string | null): void, object: string, by: string, text: string, column: string | null, missing: 'error' | 'empty' }

/** What a row became: input of the write path, with what is still to be found. */
export interface Built {
  row: CsvRow
  key: string | null
  input: Record<string, unknown>
  pending: Pending[]
  /** Column of the file by path in the input, for messages. */
  columns: Map<string, string>
  problems: { column: string | null, rule: string, params: Record<string, unknown> }[]
  history: { createdAt?: Date, stageEnteredAt?: Date, closedAt?: Date }
  also: BuiltAlso[]
  /** External key of the whole that this part belongs to. */
  whole: string | null
}
export interface BuiltAlso extends Pick<Built, 'key' | 'input' | 'pending' | 'columns'> { mapping: AlsoMapping, object: ObjectModel, setMain(id: string): void }

/** A mapping that fits the file and the model, ready to run over rows. */
export interface ImportPlan {
  mapping: Mapping
  object: ObjectModel
  system: string
  /** The list's object and the whole's object, where rows are parts. */
  part?: { whole: ObjectModel, list: string }
  build(row: CsvRow): Built
}

interface Cell { get(column: string): string }
type Setter = (cells: Cell, built: Building) => unknown
interface Building extends Pick<Built, 'pending' | 'columns' | 'problems'> { country: string | undefined, mains: ((id: string) => void)[] }

/**
 * Compiles a mapping for a file and a model. What does not fit is said at once, not row by row.
 * @throws InputError naming columns that the file does not have, and objects and fields that the model does not have
 */
export function planImport(generation: Generation, mapping: Mapping, header: readonly string[], cellOffset = 0): ImportPlan {
  const missing = [...columnsOf(mapping)].filter((column) => !header.includes(column))
  if (missing.length > 0) throw new InputError(`The file has no column ${missing.map((name) => `«${name}»`).join(', ')}. Its columns: ${header.join(', ')}.`)
  const object = objectNamed(generation, mapping.object)
  const compiler = new Compiler(generation, mapping)
  const index = new Map(header.map((name, i) => [name, i + cellOffset]))
  const empty = new Set(mapping.empty ?? [])
  const fields = compiler.fields(object, mapping.fields, '')
  const country = mapping.country ? compiler.text(mapping.country) : null
  const history = Object.entries(mapping.history ?? {}).map(([name, source]) => [name as keyof Built['history'], compiler.moment(source)] as const)
  const also = (mapping.also ?? []).map((one) => {
    const target = objectNamed(generation, one.object)
    return { mapping: one, object: target, fields: compiler.fields(target, one.fields, '') }
  })
  const part = mapping.partOf && partOf(generation, mapping.partOf.object, mapping.partOf.list, object)

  return {
    mapping, object, system: mapping.system ?? 'import', ...(part ? { part } : {}),
    build(row) {
      const cells: Cell = { get(column) {
        const cell = (row.cells[index.get(column)!] ?? '').trim()
        return empty.has(cell) ? '' : cell
      } }
      const keyOf = (key: KeyColumns | undefined): string | null => {
        const parts = key?.columns.map((column) => cells.get(column)) ?? []
        return parts.length > 0 && parts.every((text) => text !== '') ? parts.join('/') : null
      }
      const built: Built = { row, key: keyOf(mapping.key), input: {}, pending: [], columns: new Map(), problems: [], history: {}, also: [], whole: keyOf(mapping.partOf?.key) }
      const building: Building = { pending: built.pending, columns: built.columns, problems: built.problems, country: undefined, mains: [] }
      if (country) building.country = attempt(building, () => countryOf(country(cells))) ?? undefined
      built.input = fields(cells, building) as Record<string, unknown>
      for (const [name, moment] of history) {
        const at = attempt(building, () => moment(cells))
        if (at) built.history[name] = at
      }
      if (mapping.key && built.key === null) built.problems.push({ column: mapping.key.columns[0]!, rule: 'keyMissing', params: {} })
      if (mapping.partOf && built.whole === null) built.problems.push({ column: mapping.partOf.key.columns[0]!, rule: 'keyMissing', params: {} })
      for (const one of also) {
        if (one.mapping.when && !holds(one.mapping.when, cells)) continue
        const own: Building = { pending: [], columns: new Map(), problems: built.problems, country: building.country, mains: [] }
        const input = one.fields(cells, own) as Record<string, unknown>
        built.also.push({
          mapping: one.mapping, object: one.object, key: keyOf(one.mapping.key), input, pending: own.pending, columns: own.columns,
          setMain: (id) => { for (const set of own.mains) set(id) },
        })
      }
      return built
    },
  }
}

function objectNamed(generation: Generation, name: string): ObjectModel {
  const object = generation.model.objects.get(name)
  if (!object) throw new InputError(`There is no object "${name}"; there are ${[...generation.model.objects.keys()].join(', ')}.`)
  return object
}

function partOf(generation: Generation, wholeName: string, list: string, object: ObjectModel): { whole: ObjectModel, list: string } {
  const whole = objectNamed(generation, wholeName)
  if (!whole.lists.some((one) => one.part && one.name === list && one.object === object.name)) {
    throw new InputError(`"${wholeName}" has no list "${list}" of "${object.name}".`)
  }
  return { whole, list }
}

function holds(when: Condition, cells: Cell): boolean {
  const text = cells.get(when.column)
  const among = (words: string | string[]): boolean => (Array.isArray(words) ? words : [words]).includes(text)
  return (when.filled === undefined || when.filled === (text !== '')) && (when.is === undefined || among(when.is)) && (when.not === undefined || !among(when.not))
}

function countryOf(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null
  const code = countryCode(String(value))
  if (!code) throw new CellProblem('country', { value })
  return code
}

function attempt<T>(building: Building, work: () => T, column: string | null = null): T | null {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof CellProblem)) throw error
    building.problems.push({ column: (error.params.column as string | undefined) ?? column, rule: error.rule, params: error.params })
    return null
  }
}

/** Turns sources into functions over the cells of a row, by the types of the fields. */
class Compiler {
  readonly #generation: Generation
  readonly #mapping: Mapping
  readonly #zone: string

  constructor(generation: Generation, mapping: Mapping) {
    this.#generation = generation
    this.#mapping = mapping
    this.#zone = mapping.timeZone ?? generation.company.timeZone
    try {
      new Intl.DateTimeFormat('en', { timeZone: this.#zone })
    } catch {
      throw new InputError(`The time zone "${this.#zone}" is not known; give one like Europe/Helsinki.`)
    }
  }

  /** An input of the object: fields by their keys, lists of parts by their names. */
  fields(object: ObjectModel, sources: FieldSources, path: string): Setter {
    const setters = Object.entries(sources).map(([name, source]): ((cells: Cell, building: Building, input: Record<string, unknown>) => boolean) => {
      const list = object.lists.find((one) => one.part && one.name === name)
      if (list) return this.#list(objectNamed(this.#generation, list.object), name, source, path)
      const field = object.byKey.get(name)
      if (!field || field.hidden) throw new InputError(`The object "${object.name}" has no field "${name}".`)
      if (field.readOnly) throw new InputError(`The field "${name}" of "${object.name}" cannot be written.`)
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
    if (item.kind !== 'phone' || !building.country || building.country === this.#generation.company.country || typeof item.value !== 'string') return
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
      return options.times === undefined ? plain : String(Number((Number(plain) * options.times).toPrecision(15)))
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
      case 'money': return of((value) => ({ amount: number(value), currency: this.#mapping.currency ?? this.#generation.company.currency }))
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
        const phone = building.country && building.country !== this.#generation.company.country ? parsePhone(value, building.country) : null
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
    const target = objectNamed(this.#generation, field.type === 'user' ? 'user' : field.to!)
    const by = options.by ?? 'key'
    if (by !== 'key' && !target.byKey.has(by)) throw new InputError(`The object "${target.name}" has no field "${by}" to find it by.`)
    return (cells, building) => {
      const value = text(cells)
      if (value === null || value === '') return null
      const word = target.byKey.get(by)?.type === 'email' ? (normaliseEmail(String(value)).value ?? String(value)) : String(value)
      return deferred((put) => building.pending.push({ put, object: target.name, by, text: word, column, missing: options.missing ?? 'error' }))
    }
  }

  #pipeline(object: ObjectModel, key: string | undefined) {
    const pipelines = this.#generation.pipelines.filter((one) => one.object === object.name && !one.archived)
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
