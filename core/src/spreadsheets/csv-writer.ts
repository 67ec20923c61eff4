import { Readable } from 'node:stream'
import { guardFormula } from './formula-guard.ts'
import type { Cell } from './xlsx-writer.ts'

export interface CsvStyle {
  separator: ',' | ';' | '\t'
  decimal: 'point' | 'comma'
  /** Words for true and false. */
  words: { yes: string, no: string }
}

/** Writes one table as CSV as its rows come: UTF-8 with a byte-order mark, quotes by RFC 4180, texts guarded against being formulas. */
export function writeCsv(header: readonly string[], rows: AsyncIterable<readonly Cell[][]>, style: CsvStyle): Readable {
  return Readable.from(lines(header, rows, style), { objectMode: false })
}

async function* lines(header: readonly string[], rows: AsyncIterable<readonly Cell[][]>, style: CsvStyle): AsyncGenerator<string> {
  const { separator } = style
  const quoted = (text: string): string => (text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  yield `\ufeff${header.map((text) => quoted(guardFormula(text))).join(separator)}\r\n`
  for await (const batch of rows) yield batch.map((row) => `${row.map((cell) => quoted(textOf(cell, style))).join(separator)}\r\n`).join('')
}

function textOf(cell: Cell, { decimal, words }: CsvStyle): string {
  if (cell === null) return ''
  if ('text' in cell) return guardFormula(cell.text)
  if ('yes' in cell) return cell.yes ? words.yes : words.no
  if ('number' in cell) return decimal === 'comma' ? cell.number.replace('.', ',') : cell.number
  return 'date' in cell ? cell.date : cell.dateTime
}
