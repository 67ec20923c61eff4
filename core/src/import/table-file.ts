import { open as openFile } from 'node:fs/promises'
import { InputError } from '@kartotek/sdk'
import { guardFormula, openWorkbook } from '../spreadsheets/index.ts'
import type { SheetRow } from '../spreadsheets/index.ts'
import { checkWidth, readCsv, refuseBadHeader, type CsvFile, type CsvOptions, type CsvRow } from './csv-reader.ts'

/** How a file is to be read. What belongs to the other format is not looked at. */
export interface TableOptions extends CsvOptions {
  /** Sheet of a workbook. Default: the first one. */
  sheet?: string
  /** Row of a workbook that names the columns, as the spreadsheet counts. Default: the first one with something in it. */
  headerRow?: number
  /** Decimal sign of numbers that a workbook keeps as such. */
  decimal?: 'point' | 'comma'
}

/** A file of rows, of whatever format. */
export interface TableFile extends CsvFile {
  format: 'csv' | 'xlsx'
  /** Sheets of a workbook, and the one that is read. */
  sheets: string[]
  sheet: string | null
  /** Part of the file that was read, 0 to 1; null where it is not known. */
  progress(): number | null
  close(): void
}

/** The bytes from their beginning, and where they lie if they lie somewhere: workbooks are read only from the disk. */
export interface TableSource { open(): AsyncIterable<Uint8Array>, path?: string, bytes?: number | null }

/** Opens a file by what it is, not by what it is called. @throws InputError for one that is neither CSV nor XLSX */
export async function openTable(source: TableSource, options: TableOptions = {}): Promise<TableFile> {
  const kind = source.path ? await kindOf(source.path) : 'text'
  if (kind === 'old') throw new InputError('This is a workbook of the old format (.xls) or protected by a password: save it as .xlsx without one.')
  if (kind === 'zip') return openSheet(source.path!, options)
  let bytes = 0
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of source.open()) {
      bytes += chunk.length
      yield chunk
    }
  }
  const file = await readCsv(counted(), options)
  return { ...file, format: 'csv', sheets: [], sheet: null, progress: () => (source.bytes ? Math.min(1, bytes / source.bytes) : null), close() {} }
}

async function kindOf(path: string): Promise<'zip' | 'old' | 'text'> {
  const file = await openFile(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0)
    if (bytesRead < 4) return 'text'
    return buffer.readUInt32BE(0) === 0x504b0304 ? 'zip' : buffer.readUInt32BE(0) === 0xd0cf11e0 ? 'old' : 'text'
  } finally {
    await file.close()
  }
}

async function openSheet(path: string, options: TableOptions): Promise<TableFile> {
  const book = await openWorkbook(path)
  try {
    const sheet = options.sheet ?? book.sheets[0]!
    const separator = options.separator ?? ','
    const records = book.rows(sheet, options.decimal)
    const first: SheetRow[] = []
    let header = options.header
    while (!header) {
      // Not `for await`: leaving it would end the generator.
      const { value, done } = await records.next()
      if (done) throw new InputError(`The sheet «${sheet}» has no row that names the columns.`)
      const at = options.headerRow ? value.findIndex((row) => row.number >= options.headerRow!) : 0
      if (at < 0) continue
      header = value[at]!.cells.map((cell) => (cell ?? '').trim())
      while (header.length > 1 && header.at(-1) === '') header.pop()
      first.push(...value.slice(at + 1))
    }
    refuseBadHeader(header)
    const width = header.length
    const rowOf = ({ number, cells, unknownFormula }: SheetRow): CsvRow => {
      // A workbook leaves out empty cells at the end of a row.
      while (cells.length < width) cells.push('')
      return checkWidth({ rowNumber: number, cells, raw: cells.map((cell) => quoted(cell, separator)).join(separator), problem: unknownFormula ? 'formula' : null }, width)
    }
    return {
      format: 'xlsx', header, separator, sheets: book.sheets, sheet,
      encoding: () => 'utf-8',
      async* rows() {
        if (first.length > 0) yield first.map(rowOf)
        for await (const batch of records) yield batch.map(rowOf)
      },
      progress: () => book.progress(),
      close: () => book.close(),
    }
  } catch (error) {
    book.close()
    throw error
  }
}

/** A cell of a workbook as CSV would have it, for the file of errors. */
function quoted(cell: string, separator: string): string {
  const text = /^-\d+([.,]\d+)?$/.test(cell) ? cell : guardFormula(cell)
  return text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
