import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import { serialOfDate } from './serial-date.ts'

/** What a cell holds. A text is never a formula. `number` is a decimal as text; more digits than a spreadsheet keeps stay text. */
export type Cell =
  | null
  | { text: string }
  | { number: string, digits?: number }
  | { date: string }
  | { dateTime: string }
  | { yes: boolean }

interface SheetOptions {
  /** Name of the sheet; what spreadsheets do not take is left out. */
  name: string
  header: readonly string[]
  /** Widths of the columns in characters. */
  widths?: readonly number[]
}

/** As many rows as a spreadsheet can have. */
const MAX_ROWS = 1_048_576
const MAX_TEXT = 32_767
const SIGNIFICANT = 15

const STYLE = { plain: 0, head: 1, date: 2, dateTime: 3, quoted: 4, decimals: 5 } as const
const MAX_DECIMALS = 10

/** A table of a workbook. */
export interface Sheet extends SheetOptions { rows: AsyncIterable<readonly Cell[][]> }

/**
 * Writes tables as an XLSX workbook, as their rows come: nothing but the present batch is held. More rows than a sheet can have
 * go on in a further sheet.
 */
export function writeXlsx(...sheets: [Sheet, ...Sheet[]]): Readable {
  const zip = new ZipFile()
  const out = zip.outputStream as Readable
  zip.on('error', (error: Error) => out.destroy(error))
  void write(zip, out, sheets).catch((error: unknown) => out.destroy(error as Error))
  return out
}

async function write(zip: ZipFile, out: Readable, sheets: readonly Sheet[]): Promise<void> {
  const names: string[] = []
  for (const options of sheets) {
    const source = new Rows(options.rows)
    let part = 0
    do {
      names.push(sheetName(options.name, part++))
      const sheet = Readable.from(sheetXml(options, source), { objectMode: false, highWaterMark: 256 * 1024 })
      // Whoever stops reading stops the rows, too.
      out.once('close', () => sheet.destroy())
      zip.addReadStream(sheet, `xl/worksheets/sheet${names.length}.xml`)
      await finished(sheet, { writable: false })
    } while (!await source.ended())
  }
  const add = (name: string, text: string): void => zip.addBuffer(Buffer.from(HEAD + text), name)
  add('[Content_Types].xml', contentTypes(names.length))
  add('_rels/.rels', `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="r1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`)
  add('xl/workbook.xml', `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${names.map((name, i) => `<sheet name="${attribute(name)}" sheetId="${i + 1}" r:id="s${i + 1}"/>`).join('')}</sheets></workbook>`)
  add('xl/_rels/workbook.xml.rels', `<Relationships xmlns="${PACKAGE}/relationships">${names.map((_, i) =>
    `<Relationship Id="s${i + 1}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`).join('')}<Relationship Id="styles" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`)
  add('xl/styles.xml', STYLES)
  zip.end()
}

/** The rows that are still to be written, over several sheets. */
class Rows {
  readonly #source: AsyncIterator<readonly Cell[][]>
  #batch: readonly Cell[][] = []
  #at = 0
  constructor(rows: AsyncIterable<readonly Cell[][]>) { this.#source = rows[Symbol.asyncIterator]() }

  async ended(): Promise<boolean> {
    while (this.#at >= this.#batch.length) {
      const { value, done } = await this.#source.next()
      if (done) return true
      this.#batch = value
      this.#at = 0
    }
    return false
  }

  /** At most so many rows, of the batch at hand. */
  take(most: number): readonly Cell[][] {
    const rows = this.#batch.slice(this.#at, this.#at + most)
    this.#at += rows.length
    return rows
  }
}

async function* sheetXml({ header, widths }: SheetOptions, source: Rows): AsyncGenerator<string> {
  const letters = header.map((_, i) => columnLetters(i))
  const cols = header.map((_, i) => `<col min="${i + 1}" max="${i + 1}" width="${widths?.[i] ?? 18}" customWidth="1"/>`).join('')
  yield `${HEAD}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`
    + `<cols>${cols}</cols><sheetData><row r="1">${header.map((text, i) => textCell(`${letters[i]}1`, text, STYLE.head)).join('')}</row>`
  let number = 1
  while (number < MAX_ROWS && !await source.ended()) {
    yield source.take(MAX_ROWS - number).map((row) => {
      number++
      return `<row r="${number}">${row.map((cell, i) => cellXml(`${letters[i]}${number}`, cell)).join('')}</row>`
    }).join('')
  }
  yield '</sheetData></worksheet>'
}

/** 0 → A, 27 → AB. */
function columnLetters(index: number): string {
  return (index >= 26 ? columnLetters(Math.floor(index / 26) - 1) : '') + String.fromCharCode(65 + index % 26)
}

function cellXml(at: string, cell: Cell): string {
  if (cell === null) return ''
  if ('yes' in cell) return `<c r="${at}" t="b"><v>${cell.yes ? 1 : 0}</v></c>`
  if ('number' in cell) return numberCell(at, cell)
  if ('text' in cell) return textCell(at, cell.text, looksLikeFormula(cell.text) ? STYLE.quoted : STYLE.plain)
  const iso = 'date' in cell ? cell.date : cell.dateTime
  const serial = serialOfDate(iso)
  return serial === null ? textCell(at, iso, STYLE.plain) : `<c r="${at}" s="${'date' in cell ? STYLE.date : STYLE.dateTime}"><v>${serial}</v></c>`
}

function numberCell(at: string, { number, digits = 0 }: { number: string, digits?: number }): string {
  const significant = number.replace(/^[-+]?0*\.?0*/, '').replace('.', '').replace(/0+$/, '')
  if (significant.length > SIGNIFICANT || !/^-?\d+(\.\d+)?$/.test(number)) return textCell(at, number, STYLE.plain)
  return `<c r="${at}"${digits > 0 ? ` s="${STYLE.decimals + Math.min(digits, MAX_DECIMALS) - 1}"` : ''}><v>${number}</v></c>`
}

function textCell(at: string, text: string, style: number): string {
  return `<c r="${at}" t="inlineStr"${style ? ` s="${style}"` : ''}><is><t xml:space="preserve">${content(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text)}</t></is></c>`
}

/** Shown as a text for good: with the mark that an apostrophe in front sets, should the cell be edited. */
const looksLikeFormula = (text: string): boolean => /^\s*[=+\-@＝＋－＠]/.test(text)

function content(text: string): string {
  return text.toWellFormed()
    // What looks like an escaped sign must not become one.
    .replace(/_x(?=[0-9A-Fa-f]{4}_)/g, '_x005F_x')
    .replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, (sign) => `_x${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`)
    .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
const attribute = (text: string): string => content(text).replaceAll('"', '&quot;')

function sheetName(name: string, index: number): string {
  const suffix = index === 0 ? '' : ` (${index + 1})`
  return `${name.replace(/[\\/?*[\]:\u0000-\u001f]/g, ' ').replace(/^'+|'+$/g, '').trim().slice(0, 31 - suffix.length) || 'Sheet'}${suffix}`
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const DECIMALS = Array.from({ length: MAX_DECIMALS }, (_, i) => i + 1)
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
const STYLES = `<styleSheet xmlns="${MAIN}"><numFmts count="${2 + MAX_DECIMALS}"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>${
  DECIMALS.map((n) => `<numFmt numFmtId="${165 + n}" formatCode="0.${'0'.repeat(n)}"/>`).join('')}</numFmts>`
  + '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
  + '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
  + '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
  + `<cellXfs count="${5 + MAX_DECIMALS}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>`
  + '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
  + `<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>${DECIMALS.map((n) => `<xf numFmtId="${165 + n}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`).join('')}</cellXfs></styleSheet>`

function contentTypes(sheets: number): string {
  const parts = Array.from({ length: sheets }, (_, i) => `<Override PartName="/xl/worksheets/sheet${i + 1}.xml" ContentType="${TYPE}.worksheet+xml"/>`).join('')
  return `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>`
    + `<Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPE}.styles+xml"/>${parts}</Types>`
}
