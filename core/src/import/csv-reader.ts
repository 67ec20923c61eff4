import { InputError } from '@kartotek/sdk'
import { Decoding } from './csv-encoding.ts'
import type { CsvEncoding } from './csv-encoding.ts'
import { firstLine, readRecord } from './csv-record.ts'

/** Why a row cannot be read as a record: its number of cells, its quotes, signs that its encoding does not have, a formula that was never worked out. */
export type CsvProblem = 'cells' | 'quote' | 'encoding' | 'formula'

export interface CsvRow {
  /** Line of the file in which the row begins; the header of an ordinary file is line 1. */
  rowNumber: number
  /** The cells as read; one with the whole text where the quotes do not match. */
  cells: string[]
  /** The text of the row as it stands in the file, without its line break. */
  raw: string
  /** Null for a good row. A broken row is reported, never repaired: cells are not shifted to fit. */
  problem: CsvProblem | null
}

export interface CsvOptions {
  /** Default: recognised. */
  encoding?: CsvEncoding
  /** One of `,` `;` tab `|`. Default: recognised. */
  separator?: string
  /** Column names of a file that has no header row. */
  header?: string[]
  /** Greatest length of one row in characters. Default 1,000,000. */
  maxRow?: number
}

export interface CsvFile {
  header: string[]
  separator: string
  /** Known for sure only when all was read: a file of pure ASCII so far is called `utf-8`. */
  encoding(): CsvEncoding
  /** Rows in batches, in order, blank lines left out. Can be read once. */
  rows(): AsyncGenerator<CsvRow[]>
}

const SEPARATORS = [',', ';', '\t', '|']
const SAMPLE = 64 * 1024

/**
 * Opens a CSV stream: recognises encoding and separator by its first 64 KiB, reads the header, and gives the rows as they
 * come, with flat memory.
 * @throws InputError if the stream is empty, or the header has empty or repeated names
 */
export async function readCsv(stream: AsyncIterable<Uint8Array>, options: CsvOptions = {}): Promise<CsvFile> {
  const text = new TextStream(stream, options.encoding)
  await text.fill(SAMPLE)
  let line = 1
  const told = /^sep=(.)\r?\n/i.exec(text.buffer)
  if (told) { text.drop(told[0].length); line++ }
  const separator = options.separator ?? told?.[1] ?? guessSeparator(text.buffer)
  const maxRow = options.maxRow ?? 1_000_000
  const records = recordsOf(text, separator, maxRow, line)
  const first: CsvRow[] = []
  let header = options.header
  if (!header) {
    // Not `for await`: leaving it would end the generator.
    first.push(...((await records.next()).value ?? []))
    const row = first.shift()
    if (!row) throw new InputError('The file is empty: its first line must name the columns.')
    if (row.problem) throw new InputError(`The header row of the file cannot be read (line ${row.rowNumber}): its quotes or its encoding are wrong.`)
    header = row.cells.map((cell) => cell.trim())
    while (header.length > 1 && header.at(-1) === '') header.pop()
  }
  refuseBadHeader(header)
  const width = header.length
  return {
    header, separator,
    encoding: () => text.encoding,
    async* rows() {
      if (first.length > 0) yield first.map((row) => checkWidth(row, width))
      for await (const batch of records) if (batch.length > 0) yield batch.map((row) => checkWidth(row, width))
    },
  }
}

export function checkWidth(row: CsvRow, width: number): CsvRow {
  if (row.problem) return row
  // Spreadsheets end each line with separators of columns that are empty down to the last row: these are not cells.
  while (row.cells.length > width && row.cells.at(-1) === '') row.cells.pop()
  if (row.cells.length !== width) row.problem = 'cells'
  return row
}

async function* recordsOf(text: TextStream, separator: string, maxRow: number, firstNumber: number): AsyncGenerator<CsvRow[]> {
  let line = firstNumber
  for (;;) {
    const batch: CsvRow[] = []
    let at = 0
    while (at < text.buffer.length) {
      let record = readRecord(text.buffer, at, separator, text.ended)
      if (record.kind === 'more') {
        if (text.buffer.length - at <= maxRow) break
        record = firstLine(text.buffer, at)
        // Not even a line end within the limit: the piece is the row.
      }
      if (record.kind === 'more') break
      const raw = text.buffer.slice(at, record.end).replace(/(\r\n|\r|\n)$/, '')
      at = record.end
      if (raw.trim() !== '') {
        const cells = record.kind === 'record' ? record.cells : [raw]
        const problem = /[\ufffd\u0000]/.test(raw) ? 'encoding' : record.kind === 'broken' ? 'quote' : null
        batch.push({ rowNumber: line, cells, raw, problem })
      }
      line += record.lines
    }
    text.drop(at)
    if (batch.length > 0) yield batch
    if (text.ended && text.buffer.length === 0) return
    await text.fill(text.buffer.length + SAMPLE)
  }
}

/** The separator under which the first rows agree best with a header of more than one cell; comma where none does. */
function guessSeparator(sample: string): string {
  let best = { separator: ',', score: 0 }
  for (const separator of SEPARATORS) {
    const counts: number[] = []
    for (let at = 0; at < sample.length && counts.length < 50;) {
      const record = readRecord(sample, at, separator, true)
      if (record.kind === 'more') break
      if (record.kind === 'record' && record.end > at + 1) counts.push(record.cells.length)
      at = record.end
    }
    const width = counts[0] ?? 1
    if (width < 2) continue
    const score = counts.filter((count) => count === width).length / counts.length + Math.min(width, 50) / 1000
    if (score > best.score) best = { separator, score }
  }
  return best.separator
}

export function refuseBadHeader(header: string[]): void {
  const seen = new Set<string>()
  for (const [i, name] of header.entries()) {
    if (name === '') throw new InputError(`Column ${i + 1} has no name in the header row.`)
    if (seen.has(name)) throw new InputError(`Two columns are named «${name}» in the header row.`)
    seen.add(name)
  }
}

/** The decoded text that was read and not yet used. */
class TextStream {
  buffer = ''
  ended = false
  #source: AsyncIterator<Uint8Array>
  #decoding: Decoding

  constructor(stream: AsyncIterable<Uint8Array>, encoding?: CsvEncoding) {
    this.#source = stream[Symbol.asyncIterator]()
    this.#decoding = new Decoding(encoding)
  }

  get encoding(): CsvEncoding { return this.#decoding.encoding ?? 'utf-8' }

  async fill(length: number): Promise<void> {
    while (!this.ended && this.buffer.length < length) {
      const { value, done } = await this.#source.next()
      if (done) {
        this.buffer += this.#decoding.end()
        this.ended = true
      } else {
        this.buffer += this.#decoding.push(value)
      }
    }
  }

  drop(count: number): void { this.buffer = this.buffer.slice(count) }
}
