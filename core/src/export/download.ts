import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'
import { AuthenticationError, UnavailableError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { YES_NO } from '../messages/yes-no.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { writeCsv, writeXlsx, type Cell, type CsvStyle, type Sheet } from '../spreadsheets/index.ts'

export type FileFormat = 'csv' | 'xlsx'
export type Authenticate = (request: IncomingMessage) => Promise<Caller | null>
/** A table that leaves as a file, its rows as they come. */
export interface Table { sheet: string, header: readonly string[], rows: AsyncIterable<Cell[][]>, /** What stands in a workbook on a sheet before it. */ before?: Table }

/** A download that takes longer asks again who its caller is. */
const ASK_AGAIN_MS = 5_000
/** As many at a time in one process: each holds a page in memory and keeps the database busy. */
const AT_A_TIME = 4
const TYPES: Record<FileFormat, string> = { csv: 'text/csv; charset=utf-8', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }

/** CSV as spreadsheets of the reader's language expect it. */
export function csvStyle({ locale }: Pick<Reading, 'locale'>): CsvStyle {
  const continental = locale !== 'en'
  return { separator: continental ? ';' : ',', decimal: continental ? 'comma' : 'point', words: YES_NO[locale] }
}

export function tableFile(table: Table, format: FileFormat, style: CsvStyle): Readable {
  if (format === 'csv') return writeCsv(table.header, table.rows, style)
  const sheetOf = ({ sheet, header, rows }: Table): Sheet => ({ name: sheet, header, rows, widths: header.map((label) => Math.min(40, Math.max(12, label.length + 2))) })
  return table.before ? writeXlsx(sheetOf(table.before), sheetOf(table)) : writeXlsx(sheetOf(table))
}

/** Sends a file to be kept, never to be shown. `ascii` is its name for programs that know no other letters. */
export async function sendFile(response: Response, file: Readable, name: string, format: FileFormat, ascii = 'export'): Promise<void> {
  response.set({
    'content-type': TYPES[format], 'content-disposition': `attachment; filename="${ascii}.${format}"; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)}`,
    'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'content-security-policy': `default-src 'none'; sandbox`,
  })
  await pipeline(file, response)
}

let running = 0

/** @throws UnavailableError where several are being made already */
export async function inTurn(work: () => Promise<void>): Promise<void> {
  if (running >= AT_A_TIME) throw new UnavailableError('Several exports are running already: try again in a minute.', { retryAfterSeconds: 60 })
  running++
  try { await work() } finally { running-- }
}

/** Who takes a file, and his reading page by page: with the rights of now, and none any more where he may no longer come. */
export async function takingFiles(engine: Engine, authenticate: Authenticate, request: IncomingMessage): Promise<{ caller: Caller, current(): Promise<Reading> }> {
  const caller = await authenticate(request)
  if (!caller) throw new AuthenticationError()
  readingOf(engine, caller).access.require('export.run')
  let known = { caller, at: Date.now() }
  return {
    caller,
    async current() {
      if (Date.now() - known.at > ASK_AGAIN_MS) {
        const now = await authenticate(request)
        if (!now) throw new AuthenticationError()
        known = { caller: now, at: Date.now() }
      }
      const reading = readingOf(engine, known.caller)
      reading.access.require('export.run')
      return reading
    },
  }
}
