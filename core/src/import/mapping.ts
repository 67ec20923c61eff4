import { createRequire } from 'node:module'
import type { ValidateFunction } from 'ajv'
import { InputError } from '@kartotek/sdk'
import type { TableOptions } from './table-file.ts'
import type { MatchWay } from './lookup.ts'
import { mappingSchema } from './mapping-schema.ts'

/** When a case holds: the cell is filled or empty, or is one of the given texts. */
export interface Condition { column: string, filled?: boolean, is?: string | string[], not?: string | string[] }

/** Where a value comes from. A bare text is the name of a column. */
export type Source = string | {
  column?: string
  /** Several cells joined by `join` (default one space); empty ones are left out. */
  columns?: string[]
  join?: string
  /** The same value in every row. */
  constant?: unknown
  /** Words of the file → values: `{ "1": "good", "2": "service" }`. A word that is not listed is an error. */
  map?: Record<string, unknown>
  /** The first case that holds gives the value, else `otherwise`, else nothing. */
  cases?: { when: Condition, then: Source }[]
  otherwise?: Source
  /** Form of a date or time: `dd.MM.yyyy`, `yyyy-MM-dd HH:mm:ss.SSS`. Default: ISO, or day.month.year with points. */
  date?: string
  /** The number is multiplied by this: 100 makes percents of fractions. */
  times?: number
  /** A reference is found by `key` (external id, the default) or by a field of its object: `code`, `email`, `name`. */
  by?: string
  /** What to do where nothing is found: `error` (default) or `empty`. */
  missing?: 'error' | 'empty'
  /** The record that the row made: the main one (`main`). Only in `also`. */
  record?: 'main'
}

/** Values by field: a source; for addresses, money and tax ids an object of sources; for lists an array of such objects. */
export type FieldSources = { [field: string]: Source | FieldSources | FieldSources[] }

export interface KeyColumns {
  /** The columns that name the record in the other system, joined by `/`. */
  columns: string[]
  /** The key is the value of this unique field, not an external id. */
  field?: string
}

export interface History { createdAt?: Source, stageEnteredAt?: Source, closedAt?: Source }

export interface AlsoMapping {
  object: string
  key?: KeyColumns
  /** Only rows where this holds. */
  when?: Condition
  fields: FieldSources
}

/** How a file becomes records: see `docs/import.md`. */
export interface Mapping {
  /** For people: shown in the list of imports. */
  name?: string
  object: string
  /** Whose keys these are: records of `northwind` and of `1c` do not meet. Default `import`. */
  system?: string
  file?: Pick<TableOptions, 'encoding' | 'separator' | 'header' | 'sheet' | 'headerRow'>
  /** Words that mean an empty cell. Default none: an empty cell is empty. */
  empty?: string[]
  decimal?: 'point' | 'comma'
  /** IANA name of the zone of local times. Default: the company's. */
  timeZone?: string
  /** ISO 4217 of amounts. Default: the company's. */
  currency?: string
  /** Country of phones and tax numbers, by column or constant. Default: the company's. */
  country?: Source
  key?: KeyColumns
  /** How records that exist are found, in this order. Default: `key` where a key is given. */
  match?: MatchWay[]
  /** What to do with a record that exists. Default `skip`. */
  onMatch?: 'skip' | 'update' | 'create'
  /** Rules of automation answer to what is imported. Default false: old data are no news. */
  rules?: boolean
  fields: FieldSources
  /** Key of the pipeline of staged objects. Default: the object's default one. */
  pipeline?: string
  history?: History
  /** Further records of the same row: the contact in the client's row. */
  also?: AlsoMapping[]
  /** The rows are items of a list of another record (lines of an order), which is found by its external key. */
  partOf?: { object: string, list: string, key: KeyColumns }
}

let compiled: { file: ValidateFunction<NonNullable<Mapping['file']>>, whole: ValidateFunction<Mapping> } | undefined
/** Compiled with the first import, not with the server. */
function checks(): NonNullable<typeof compiled> {
  if (compiled) return compiled
  const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js')
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
  return compiled = { file: ajv.compile(mappingSchema.properties.file), whole: ajv.compile(mappingSchema) }
}

/** Checks how a file is to be read. @throws InputError */
export function parseTableOptions(json: object | null | undefined): NonNullable<Mapping['file']> {
  // Empty inputs of the API are null.
  const options: unknown = Object.fromEntries(Object.entries(json ?? {}).filter(([, value]) => value !== null && value !== ''))
  const check = checks().file
  if (check(options)) return options
  const [error] = check.errors ?? []
  throw new InputError(`The file cannot be read like this: ${error?.instancePath.slice(1) ?? ''} ${error?.message ?? ''}.`)
}

/**
 * Checks an import description.
 * @throws InputError with one sentence per mistake
 */
export function parseMapping(json: unknown): Mapping {
  const copy: unknown = structuredClone(json)
  const check = checks().whole
  if (check(copy)) {
    if (copy.partOf && copy.also) throw new InputError('The import description has both "partOf" and "also": give only one.')
    if (copy.match?.includes('key') && !copy.key) throw new InputError('The import description matches by "key" but names no "key" columns.')
    return copy
  }
  const fields = (check.errors ?? []).slice(0, 10).map((error) => ({
    field: error.instancePath.slice(1).replaceAll('/', '.') || 'mapping', rule: error.keyword,
    message: [error.message ?? 'is wrong', ...(error.keyword === 'additionalProperties' ? [`(${String(error.params.additionalProperty)})`] : [])].join(' '),
  }))
  const mistakes = fields.map((problem) => `${problem.field} ${problem.message}`).join('; ')
  throw new InputError(`The import description is wrong: ${mistakes}.`, fields)
}

/** Every column that a mapping reads. */
export function columnsOf(mapping: Mapping): Set<string> {
  const columns = new Set<string>()
  const visit = (node: unknown, key?: string): void => {
    if (node === null || node === undefined || key === 'constant' || key === 'map') return
    if (typeof node === 'string') { columns.add(node); return }
    if (Array.isArray(node)) { for (const item of node) visit(item); return }
    const source = node as Record<string, unknown>
    if (!isSource(source)) { for (const value of Object.values(source)) visit(value); return }
    if (typeof source.column === 'string') columns.add(source.column)
    if (Array.isArray(source.columns)) for (const name of source.columns) columns.add(String(name))
    if (Array.isArray(source.cases)) for (const one of source.cases as { when: Condition, then: Source }[]) { columns.add(one.when.column); visit(one.then) }
    visit(source.otherwise)
  }
  const keys = [mapping.key, mapping.partOf?.key, ...(mapping.also ?? []).map((one) => one.key)]
  for (const key of keys) for (const name of key?.columns ?? []) columns.add(name)
  for (const one of mapping.also ?? []) { visit(one.fields); if (one.when) columns.add(one.when.column) }
  visit(mapping.fields)
  visit(mapping.country)
  if (mapping.history) for (const source of Object.values(mapping.history)) visit(source)
  return columns
}

const SOURCE_KEYS = ['column', 'columns', 'constant', 'cases', 'record'] as const
/** Tells a source from an object of sources. */
export function isSource(node: object): node is Exclude<Source, string> {
  return SOURCE_KEYS.some((key) => key in node)
}
