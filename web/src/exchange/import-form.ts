import type { ColumnSuggestion, FileOptions, ImportSuggestion, ImportTarget } from './documents.ts'

/** An import description as the server takes it, see `docs/import.md`. */
export interface Mapping { object: string, name?: string, fields: Record<string, unknown>, [key: string]: unknown }

export type Way = 'key' | 'taxId' | 'registrationNumber' | 'bankAccount' | 'contactPoint' | 'messenger'
export type OnMatch = 'skip' | 'update' | 'create'
export interface ColumnChoice extends Omit<ColumnSuggestion, 'reason'> { reason: ColumnSuggestion['reason'] | 'TEMPLATE' }

/** What the wizard asks for. */
export interface ImportForm {
  object: string
  columns: ColumnChoice[]
  /** The column that names records in the other program. */
  key: string | null
  system: string
  match: Way[]
  onMatch: OnMatch
  /** `?` where the numbers need an answer. */
  decimal: 'comma' | 'point' | '?' | null
  rules: boolean
}

/** Whether the form of dates has a say: a column may look like dates and become a text. */
export const takesDates = (target: Pick<ImportTarget, 'type'> | undefined): boolean => target?.type === 'date' || target?.type === 'dateTime'

/** What of a record each way goes by. */
const TARGETS: Record<Exclude<Way, 'key'>, readonly string[]> = {
  taxId: ['taxId'], registrationNumber: ['registrationNumber'], bankAccount: ['bankAccounts'], contactPoint: ['contactPoints.phone', 'contactPoints.email'],
  messenger: ['telegram', 'whatsapp', 'viber', 'vk', 'facebook', 'skype'].map(kind => `contactPoints.${kind}`),
}
const WAYS: readonly Way[] = ['key', 'taxId', 'registrationNumber', 'bankAccount', 'contactPoint', 'messenger']

/** The ways by which records that exist can be found with these columns. */
export function possibleWays(form: Pick<ImportForm, 'columns' | 'key'>): Way[] {
  const targets = form.columns.map(({ target }) => target ?? '')
  return WAYS.filter(way => way === 'key' ? form.key !== null : TARGETS[way].some(target => targets.includes(target)))
}

export function formOf(object: string, suggestion: ImportSuggestion): ImportForm {
  const form: ImportForm = { object, columns: suggestion.columns.map(column => ({ ...column })), key: suggestion.key, system: 'import', match: [], onMatch: 'skip', decimal: suggestion.decimal, rules: false }
  return { ...form, match: possibleWays(form) }
}

function sourceOf({ column, date, by }: ColumnChoice, target: ImportTarget): unknown {
  const more = { ...(date && takesDates(target) ? { date } : {}), ...(by && by !== 'key' && target.by.length ? { by } : {}) }
  return Object.keys(more).length ? { column, ...more } : column
}

/** The description of what the wizard was told. */
export function toMapping(form: ImportForm, targets: readonly ImportTarget[], file: FileOptions): Mapping {
  const fields: Record<string, unknown> = {}
  for (const choice of form.columns) {
    const target = targets.find(({ key }) => key === choice.target)
    if (!target) continue
    if (!target.item) { fields[target.key] = sourceOf(choice, target); continue }
    const list = target.key.split('.')[0]!
    const entry = { ...(target.kind ? { kind: { constant: target.kind } } : {}), [target.item]: sourceOf(choice, target) }
    fields[list] = [...fields[list] as unknown[] | undefined ?? [], entry]
  }
  const options = Object.fromEntries(Object.entries(file).filter(([, value]) => value))
  const match = form.match.filter(way => possibleWays(form).includes(way))
  return {
    object: form.object,
    ...(Object.keys(options).length ? { file: options } : {}),
    ...(form.key ? { system: form.system.trim() || 'import', key: { columns: [form.key] } } : {}),
    ...(match.length ? { match } : {}),
    onMatch: match.length ? form.onMatch : 'create',
    ...(form.decimal && form.decimal !== '?' ? { decimal: form.decimal } : {}),
    ...(form.rules ? { rules: true } : {}),
    fields,
  }
}

const KNOWN = new Set(['object', 'name', 'file', 'system', 'key', 'match', 'onMatch', 'decimal', 'rules', 'fields'])
interface Source { column: string, date?: string, by?: string }

function readSource(source: unknown): Source | null {
  if (typeof source === 'string') return { column: source }
  if (typeof source !== 'object' || source === null || !('column' in source)) return null
  return Object.keys(source).every(key => ['column', 'date', 'by'].includes(key)) ? source as Source : null
}

/** The form that makes this description; null for one that says more than the wizard asks for. */
export function fromMapping(mapping: Mapping, form: ImportForm, targets: readonly ImportTarget[]): ImportForm | null {
  if (Object.keys(mapping).some(key => !KNOWN.has(key))) return null
  const key = mapping.key as { columns: string[], field?: string } | undefined
  if (key && (key.columns.length !== 1 || key.field)) return null
  const columns = form.columns.map((column): ColumnChoice => ({ ...column, target: null, reason: null, date: null, by: null }))
  const put = (target: ImportTarget | undefined, source: Source | null): boolean => {
    const column = columns.find(one => one.column === source?.column)
    if (!target || !source || !column || column.target) return false
    Object.assign(column, { target: target.key, reason: 'TEMPLATE', date: source.date ?? null, by: source.by ?? (target.by.length ? 'key' : null) })
    return true
  }
  for (const [field, source] of Object.entries(mapping.fields)) {
    if (!Array.isArray(source)) {
      if (!put(targets.find(target => target.key === field && !target.item), readSource(source))) return null
      continue
    }
    for (const entry of source as Record<string, unknown>[]) {
      const kind = (entry.kind as { constant?: string } | undefined)?.constant ?? null
      const target = targets.find(one => one.item && one.key === (kind ? `${field}.${kind}` : field))
      const rest = Object.keys(entry).filter(name => name !== 'kind')
      if (rest.length !== 1 || rest[0] !== target?.item || !put(target, readSource(entry[rest[0]!]))) return null
    }
  }
  return {
    object: mapping.object, columns, key: key?.columns[0] ?? null, system: mapping.system as string | undefined ?? 'import',
    match: mapping.match as Way[] | undefined ?? (key ? ['key'] : []), onMatch: mapping.onMatch as OnMatch | undefined ?? 'skip',
    decimal: mapping.decimal as ImportForm['decimal'] | undefined ?? null, rules: mapping.rules === true,
  }
}

/** What keeps the form from being tried. */
export function missing(form: ImportForm, targets: readonly ImportTarget[]): { required: ImportTarget[], dates: string[], decimal: boolean, nothing: boolean } {
  const chosen = new Set(form.columns.map(({ target }) => target))
  return {
    required: targets.filter(({ key, required }) => required && !chosen.has(key)),
    dates: form.columns.filter(({ target, date }) => date === '?' && takesDates(targets.find(({ key }) => key === target))).map(({ column }) => column),
    decimal: form.decimal === '?' && form.columns.some(({ target }) => ['integer', 'decimal', 'money'].includes(targets.find(({ key }) => key === target)?.type ?? '')),
    nothing: form.columns.every(({ target }) => !target),
  }
}
