import { InputError } from '@kartotek/sdk'
import { dateOfSerial } from './serial-date.ts'
import { checkCell, readTexts, readWorkbook, RichText, type CellStyle, type Workbook } from './xlsx-book.ts'
import { readXml } from './xml.ts'
import { openPackage, type UnpackLimits, type ZipPackage } from './zip-package.ts'

/** A row with something in it. Empty cells between others are empty texts. */
export interface SheetRow {
  /** As the spreadsheet counts it. */
  number: number
  cells: string[]
  /** A formula whose value the file does not have: it was never worked out. */
  unknownFormula: boolean
}

export interface OpenWorkbook {
  /** Names of the sheets that people see. */
  sheets: string[]
  /** Rows of a sheet in batches, in order; numbers with the given decimal sign. @throws InputError for a sheet that is not there */
  rows(sheet: string, decimal?: 'point' | 'comma'): AsyncGenerator<SheetRow[]>
  /** Part of the sheet that was read, 0 to 1. */
  progress(): number
  close(): void
}

const MAX_COLUMNS = 16_384

/**
 * Opens an XLSX workbook on the disk. Rows come as texts, as one would type them: numbers with a point, dates as ISO by the
 * format of their cell, yes and no as `true` and `false`, formulas by the value that was saved with them. Memory is bounded by
 * the shared texts of the workbook, not by its rows.
 * @throws InputError, LimitError for what is no workbook or unpacks to too much
 */
export async function openWorkbook(path: string, limits?: UnpackLimits): Promise<OpenWorkbook> {
  const zip = await openPackage(path, limits)
  try {
    const book = await readWorkbook(zip)
    const shown = book.sheets.filter((sheet) => !sheet.hidden)
    const state = { read: 0, size: 1 }
    return {
      sheets: (shown.length > 0 ? shown : book.sheets).map((sheet) => sheet.name),
      rows: (name, decimal = 'point') => readSheet(zip, book, name, decimal, state),
      progress: () => Math.min(1, state.read / state.size),
      close: () => zip.close(),
    }
  } catch (error) {
    zip.close()
    throw error
  }
}

async function* readSheet(zip: ZipPackage, book: Workbook, name: string, decimal: 'point' | 'comma', state: { read: number, size: number }): AsyncGenerator<SheetRow[]> {
  const sheet = book.sheets.find((one) => one.name === name)
  const names = book.sheets.filter((one) => !one.hidden).map((one) => `«${one.name}»`).join(', ')
  if (!sheet) throw new InputError(`The workbook has no sheet «${name}»; it has ${names}.`)
  const texts = await readTexts(zip)
  state.size = zip.size(sheet.part) || 1
  const stream = await zip.read(sheet.part)
  stream.on('data', (chunk: Buffer) => { state.read += chunk.length }).pause()
  const listener = new SheetListener(texts, book, decimal)
  for await (const _ of readXml(stream, listener)) {
    if (listener.ready.length > 0) yield listener.ready.splice(0)
  }
}

interface OpenCell { type: string, style: CellStyle | undefined, value: string | null, formula: boolean }

/** Puts the cells of a sheet together. */
class SheetListener {
  readonly ready: SheetRow[] = []
  readonly #texts: readonly string[]
  readonly #styles: readonly CellStyle[]
  readonly #from1904: boolean
  readonly #comma: boolean
  readonly #rich = new RichText()
  #row: SheetRow = { number: 0, cells: [], unknownFormula: false }
  #column = -1
  #cell: OpenCell | null = null
  #inValue = false

  constructor(texts: readonly string[], { styles, from1904 }: Workbook, decimal: 'point' | 'comma') {
    this.#comma = decimal === 'comma'
    this.#texts = texts
    this.#styles = styles
    this.#from1904 = from1904
  }

  open(name: string, a: Record<string, string>): void {
    if (name === 'row') {
      this.#row = { number: Number(a.r) || this.#row.number + 1, cells: [], unknownFormula: false }
      this.#column = -1
    } else if (name === 'c') {
      this.#column = a.r ? columnOf(a.r) : this.#column + 1
      if (this.#column < 0 || this.#column >= MAX_COLUMNS) throw new InputError('The file is damaged or no XLSX workbook.')
      this.#cell = { type: a.t ?? 'n', style: this.#styles[Number(a.s ?? 0)], value: null, formula: false }
      this.#rich.clear()
    } else if (this.#cell) {
      if (name === 'f') this.#cell.formula = true
      if (name === 'v') { this.#inValue = true; this.#cell.value ??= '' }
      this.#rich.open(name)
    }
  }

  text(text: string): void {
    if (!this.#cell) return
    if (this.#inValue) checkCell(this.#cell.value += text)
    else this.#rich.text(text)
  }

  close(name: string): void {
    if (name === 'v') this.#inValue = false
    if (this.#cell) this.#rich.close(name)
    if (name === 'c' && this.#cell) {
      if (this.#cell.formula && this.#cell.value === null) this.#row.unknownFormula = true
      const text = this.#textOf(this.#cell)
      this.#cell = null
      if (text === '') return
      while (this.#row.cells.length < this.#column) this.#row.cells.push('')
      this.#row.cells[this.#column] = text
    } else if (name === 'row' && (this.#row.cells.length > 0 || this.#row.unknownFormula)) this.ready.push(this.#row)
  }

  #textOf({ type, style, value }: OpenCell): string {
    switch (type) {
      case 's': return value === null ? '' : this.#texts[Number(value)] ?? ''
      case 'inlineStr': return this.#rich.value
      case 'b': return value === '1' || value === 'true' ? 'true' : value === null ? '' : 'false'
      case 'n': return value === null || value.trim() === '' ? '' : this.#number(value.trim(), style)
      // Texts of formulas, errors like #N/A, and dates that are written as such.
      default: return value ?? ''
    }
  }

  #number(value: string, style: CellStyle | undefined): string {
    const number = Number(value)
    if (!Number.isFinite(number)) return value
    const date = style?.date ? dateOfSerial(number, this.#from1904) : null
    if (date !== null) return date
    const text = plainNumber(number)
    return style?.digits && /^\d+$/.test(text) ? text.padStart(style.digits, '0') : this.#comma ? text.replace('.', ',') : text
  }
}

/** Spreadsheets keep 15 digits; what is behind them is the noise of binary fractions. */
function plainNumber(number: number): string {
  const rounded = Number(number.toPrecision(15))
  const text = String(rounded)
  if (!text.includes('e')) return text
  return Number.isInteger(rounded) ? BigInt(rounded).toString() : rounded.toFixed(20).replace(/0+$/, '')
}

/** `AB12` → 27. */
function columnOf(reference: string): number {
  let column = 0
  for (let i = 0; i < reference.length; i++) {
    const code = reference.charCodeAt(i)
    if (code >= 65 && code <= 90) column = column * 26 + code - 64
    else break
  }
  return column - 1
}
