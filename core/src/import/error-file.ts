import type { Kysely } from 'kysely'
import { guardFormula } from '../spreadsheets/index.ts'
import { failedRows } from './job.ts'
import type { ImportJob } from './job.ts'
import type { RowProblem } from './messages.ts'

/** The two columns in front of the original ones. A file that has them can be loaded again as it is. */
export const ERROR_COLUMNS = ['error_row', 'error'] as const

/** How many of a header's first columns are those of an error file. */
export function errorColumnCount(header: readonly string[]): number {
  return ERROR_COLUMNS.every((name, i) => header[i] === name) ? ERROR_COLUMNS.length : 0
}

/** The text of a row without its error columns. */
export function withoutErrorColumns(raw: string, separator: string): string {
  let rest = raw
  for (let i = 0; i < ERROR_COLUMNS.length; i++) {
    const quoted = /^"(?:[^"]|"")*"/.exec(rest)
    const end = quoted ? quoted[0].length : rest.indexOf(separator)
    if (end < 0 || (quoted && rest[end] !== separator)) return raw
    rest = rest.slice(end + separator.length)
  }
  return rest
}

export function describeProblems(problems: readonly RowProblem[]): string {
  return problems.map((problem) => (problem.column ? `${problem.column}: ${problem.message}` : problem.message)).join(' ')
}

/**
 * The rows that were not loaded, as a CSV for correction: row number and reasons, then the row exactly as it stood in the
 * file, so that nothing of it is lost and a broken row can be mended by hand. UTF-8 with a byte-order mark, for spreadsheets.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export async function* errorFile(db: Kysely<any>, job: ImportJob): AsyncGenerator<string> {
  const separator = job.separator ?? ','
  const cell = (text: string): string => (text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  yield `\ufeff${[...ERROR_COLUMNS, ...(job.header ?? [])].map(cell).join(separator)}\n`
  for (let after = 0; ;) {
    const rows = await failedRows(db, job.id, after, 500)
    if (rows.length === 0) return
    yield rows.map((row) => `${row.rowNumber}${separator}${cell(guardFormula(describeProblems(row.problems)))}${separator}${row.raw}\n`).join('')
    after = rows.at(-1)!.rowNumber
  }
}

