/** What one record of a CSV text came to. `end` is the offset behind its line break. */
export type CsvRecord =
  | { kind: 'record', cells: string[], end: number, lines: number }
  /** A quoted cell is not closed, or text follows its closing quote: only the first physical line is taken. */
  | { kind: 'broken', end: number, lines: 1 }
  /** The text ends before the record does. */
  | { kind: 'more' }

const CR = 13
const LF = 10
const QUOTE = 34

/**
 * Reads the record that starts at `start`: RFC 4180 with any one-character separator and CRLF, LF or CR line ends. A cell is
 * quoted only if it begins with a quote; a quote inside another cell is an ordinary character. A cell whose quotes do not
 * match is never guessed at: its first line becomes a broken record and reading goes on with the next line, so that one
 * stray quote cannot swallow the rest of a file.
 * @param final no more text will come
 */
export function readRecord(text: string, start: number, separator: string, final: boolean): CsvRecord {
  const cells: string[] = []
  const by = separator.charCodeAt(0)
  let at = start
  let lines = 1
  for (;;) {
    if (text.charCodeAt(at) === QUOTE) {
      const cell = quotedCell(text, at)
      if (cell === null) return final ? firstLine(text, start) : { kind: 'more' }
      // What follows a closing quote at the very end of the text is not known yet.
      if (cell.end >= text.length && !final) return { kind: 'more' }
      const next = text.charCodeAt(cell.end)
      if (cell.end < text.length && next !== by && next !== CR && next !== LF) return firstLine(text, start)
      cells.push(cell.value)
      lines += cell.breaks
      at = cell.end
    } else {
      let end = at
      for (; end < text.length; end++) {
        const code = text.charCodeAt(end)
        if (code === by || code === CR || code === LF) break
      }
      cells.push(text.slice(at, end))
      at = end
    }
    if (at >= text.length) return final ? { kind: 'record', cells, end: at, lines } : { kind: 'more' }
    const code = text.charCodeAt(at)
    if (code === by) { at++; continue }
    if (code === LF) return { kind: 'record', cells, end: at + 1, lines }
    // CR: the LF that belongs to it may still be on its way.
    if (at + 1 >= text.length && !final) return { kind: 'more' }
    return { kind: 'record', cells, end: text.charCodeAt(at + 1) === LF ? at + 2 : at + 1, lines }
  }
}

function quotedCell(text: string, start: number): { value: string, end: number, breaks: number } | null {
  let from = start + 1
  let value = ''
  for (;;) {
    const quote = text.indexOf('"', from)
    if (quote < 0) return null
    value += text.slice(from, quote)
    if (text.charCodeAt(quote + 1) === QUOTE) {
      value += '"'
      from = quote + 2
      continue
    }
    return { value, end: quote + 1, breaks: value.match(/\r\n|\r|\n/g)?.length ?? 0 }
  }
}

/** The first physical line at `start`, as a broken record. */
export function firstLine(text: string, start: number): CsvRecord {
  let end = start
  while (end < text.length && text.charCodeAt(end) !== LF && text.charCodeAt(end) !== CR) end++
  if (text.charCodeAt(end) === CR && text.charCodeAt(end + 1) === LF) end++
  return { kind: 'broken', end: Math.min(end + 1, text.length), lines: 1 }
}
