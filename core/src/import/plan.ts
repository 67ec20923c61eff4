import { InputError } from '@kartotek/sdk'
import type { ObjectModel } from '../model/model.ts'
import { unguardFormula } from '../spreadsheets/index.ts'
import { attempt, Compiler, countryOf, fieldNamed, holds, objectNamed } from './compiler.ts'
import type { Building, Cell, Importing } from './compiler.ts'
import type { CsvRow } from './csv-reader.ts'
import { columnsOf } from './mapping.ts'
import type { AlsoMapping, KeyColumns, Mapping } from './mapping.ts'

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

/**
 * Compiles a mapping for a file and a model. What does not fit is said at once, not row by row.
 * @throws InputError naming columns that the file does not have, and objects and fields that do not exist for the importer
 */
export function planImport(importing: Importing, mapping: Mapping, header: readonly string[], cellOffset = 0): ImportPlan {
  const missing = [...columnsOf(mapping)].filter((column) => !header.includes(column))
  const names = missing.map((name) => `«${name}»`).join(', ')
  if (missing.length > 0) throw new InputError(`The file has no column ${names}. Its columns: ${header.join(', ')}.`)
  const object = objectNamed(importing, mapping.object)
  checkKeys(importing, mapping, object)
  const compiler = new Compiler(importing, mapping)
  const index = new Map(header.map((name, i) => [name, i + cellOffset]))
  const empty = new Set(mapping.empty ?? [])
  const fields = compiler.fields(object, mapping.fields, '')
  const country = mapping.country ? compiler.text(mapping.country) : null
  const history = Object.entries(mapping.history ?? {}).map(([name, source]) => [name as keyof Built['history'], compiler.moment(source)] as const)
  const also = (mapping.also ?? []).map((one) => {
    const target = objectNamed(importing, one.object)
    if (one.key?.field) fieldNamed(importing, target, one.key.field)
    return { mapping: one, object: target, fields: compiler.fields(target, one.fields, '') }
  })
  const part = mapping.partOf && partOf(importing, mapping.partOf, object)

  return {
    mapping, object, system: mapping.system ?? 'import', ...(part ? { part } : {}),
    build(row) {
      const cells: Cell = { get(column) {
        const cell = unguardFormula((row.cells[index.get(column)!] ?? '').trim())
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

/** What records are found by must exist for the importer, or the numbers of matches would tell hidden values. */
function checkKeys(importing: Importing, { key, match }: Mapping, object: ObjectModel): void {
  if (key?.field) fieldNamed(importing, object, key.field)
  if (match?.includes('taxId')) fieldNamed(importing, object, 'taxId')
  if (match?.includes('name')) fieldNamed(importing, object, 'matchKey')
  if (match?.includes('registrationNumber')) fieldNamed(importing, object, 'registrationNumber')
  if (match?.includes('bankAccount')) {
    if (!object.lists.some((one) => one.part && one.object === 'clientBankAccount' && importing.access.canList(one))) throw new InputError(`The object "${object.name}" has no bank accounts to match by.`)
    fieldNamed(importing, objectNamed(importing, 'clientBankAccount'), 'account')
  }
  if (match?.includes('contactPoint') || match?.includes('messenger')) {
    const list = object.lists.find((one) => one.part && one.object === 'contactPoint' && importing.access.canList(one))
    if (!list) throw new InputError(`The object "${object.name}" has no contact points to match by.`)
    for (const key of ['key', 'kind']) fieldNamed(importing, objectNamed(importing, 'contactPoint'), key)
  }
}

function partOf(importing: Importing, { object: wholeName, list, key }: NonNullable<Mapping['partOf']>, object: ObjectModel): { whole: ObjectModel, list: string } {
  const whole = objectNamed(importing, wholeName)
  if (!whole.lists.some((one) => one.part && one.name === list && one.object === object.name && importing.access.canList(one))) {
    throw new InputError(`"${wholeName}" has no list "${list}" of "${object.name}".`)
  }
  if (key.field) fieldNamed(importing, whole, key.field)
  return { whole, list }
}
