import type { Readable } from 'node:stream'
import { InputError, textIn, type Filter } from '@kartotek/sdk'
import type { ObjectModel } from '../model/model.ts'
import type { ListArguments } from '../records/list-arguments.ts'
import { listArguments } from '../records/record-arguments.ts'
import type { Reading } from '../records/reading.ts'
import { readPage } from '../records/rows.ts'
import type { Cell, CsvStyle } from '../spreadsheets/index.ts'
import { chosenColumns, planOfColumns, type ExportColumn } from './columns.ts'
import { csvStyle, tableFile, type FileFormat } from './download.ts'

/** A list as one sees it, and what to take of it. */
export interface ExportRequest extends Pick<ListArguments, 'search' | 'orderBy' | 'archived'> {
  object: string
  columns: string[]
  format: FileFormat
  filter?: Filter | null
  /** Of CSV. Default: as spreadsheets of the reader's language expect it. */
  separator?: CsvStyle['separator'] | null
  decimal?: CsvStyle['decimal'] | null
}

/** An order without an index is sorted anew for each page, so pages are large; they still fit into memory. */
const PAGE = 2_000

/** @throws InputError where the reader sees no such object */
export function exportedObject(reading: Reading, name: string): ObjectModel {
  const object = reading.generation.model.objects.get(name)
  if (!object || reading.access.scope(object, 'read') === 'none') throw new InputError(`There is no object "${name}".`)
  return object
}

/**
 * The rows of an export, a page at a time, each with the rights of that moment: `current` is asked before every page.
 * Pages follow the order of the list by a keyset, so that nothing but the present page is held.
 */
export async function* exportRows(current: () => Promise<Reading>, request: ExportRequest): AsyncGenerator<Cell[][]> {
  let after: string | null = null
  let known: { access: Reading['access'], columns: ExportColumn[] } | undefined
  for (;;) {
    const reading = await current()
    const object = exportedObject(reading, request.object)
    if (known?.access !== reading.access) known = { access: reading.access, columns: chosenColumns(reading, object, request.columns) }
    const { columns } = known
    const args: ListArguments = { ...listArguments(object, request), first: PAGE, after }
    const page = await readPage(reading, planOfColumns(object, columns), args, false, PAGE)
    yield page.nodes.map((node) => columns.map((column) => column.cell(node, reading)))
    if (!page.hasNextPage) return
    after = page.cursorOf(-1)
  }
}

/** The file of an export, made as its rows come. */
export function exportFile(reading: Reading, request: ExportRequest, rows: AsyncIterable<Cell[][]>): Readable {
  const object = exportedObject(reading, request.object)
  const style = csvStyle(reading)
  const table = { sheet: textIn(object.labelPlural, reading.locale) || object.plural, header: headerOf(chosenColumns(reading, object, request.columns)), rows }
  return tableFile(table, request.format, { ...style, separator: request.separator ?? style.separator, decimal: request.decimal ?? style.decimal })
}

/** No two columns have one name, or an import could not tell them apart. */
function headerOf(columns: readonly ExportColumn[]): string[] {
  const labels = columns.map(({ label, group }) => (group ? `${group}: ${label}` : label))
  return labels.map((label, i) => (labels.indexOf(label) === i ? label : `${label} (${columns[i]!.key})`))
}

/** `Клиенты 2026-11-22.xlsx`, without signs that file systems or headers do not take. */
export function fileNameOf(reading: Reading, object: ObjectModel, format: ExportRequest['format']): string {
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: reading.generation.company.timeZone }).format(new Date())
  const name = (textIn(object.labelPlural, reading.locale) || object.plural).normalize('NFC').toWellFormed().replace(/[\u0000-\u001f\u007f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]/g, ' ').replace(/^[.\s]+|[.\s]+$/g, '').slice(0, 80)
  return `${name || 'export'} ${day}.${format}`
}
