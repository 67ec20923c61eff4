import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import express, { type Router } from 'express'
import { AuthenticationError, NotFoundError, UnavailableError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { writeAccessLog } from '../accounts/access-log.ts'
import type { Database } from '../database/index.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { listArguments } from '../records/record-arguments.ts'
import type { Reading } from '../records/reading.ts'
import { countRecords } from '../records/rows.ts'
import type { Cell } from '../spreadsheets/index.ts'
import { exportedObject, exportFile, exportRows, fileNameOf, type ExportRequest } from './export.ts'
import { takeTicket } from './tickets.ts'

export interface ExportsRouterDeps {
  engine: Engine
  db: Pick<Database, 'pool'>
  authenticate(request: IncomingMessage): Promise<Caller | null>
}

/** An export that takes longer asks again who its caller is. */
const ASK_AGAIN_MS = 5_000
/** As many at a time in one process: each holds a page in memory and keeps the database busy. */
const AT_A_TIME = 4

const TYPES = { csv: 'text/csv; charset=utf-8', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }

/** Files of lists, mounted below `/exports`: `GET /<id>` gives what `prepareExport` made ready, once, to who asked for it. */
export function exportsRouter({ engine, db, authenticate }: ExportsRouterDeps): Router {
  const router = express.Router()
  let running = 0

  router.get('/:id', async (request, response) => {
    const caller = await authenticate(request)
    if (!caller) throw new AuthenticationError()
    readingOf(engine, caller).access.require('export.run')
    // Link checkers ask for the head alone: that must not use the file up.
    if (request.method !== 'GET') throw new NotFoundError('There is no such export, or it was fetched already.')
    if (running >= AT_A_TIME) throw new UnavailableError('Several exports are running already: try again in a minute.', { retryAfterSeconds: 60 })
    running++
    try {
      const asked = await takeTicket(engine.db, caller, request.params.id)
      if (!asked) throw new NotFoundError('There is no such export, or it was fetched already.')
      const reading = readingOf(engine, caller)
      const rows = exportRows(asking(() => authenticate(request), caller), asked)
      // What is wrong shows with the first page, while it can still be told.
      const first = await rows.next()
      await note(caller, reading, asked)
      const object = exportedObject(reading, asked.object)
      response.set({
        'content-type': TYPES[asked.format], 'content-disposition': disposition(fileNameOf(reading, object, asked.format), asked.format),
        'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'content-security-policy': `default-src 'none'; sandbox`,
      })
      await pipeline(exportFile(reading, asked, continued(first, rows)), response)
    } finally {
      running--
    }
  })

  /** The reading of each page: with the rights of now, and none any more where the caller may no longer come. */
  function asking(again: () => Promise<Caller | null>, caller: Caller): () => Promise<Reading> {
    let known = { caller, at: Date.now() }
    return async () => {
      if (Date.now() - known.at > ASK_AGAIN_MS) {
        const now = await again()
        if (!now) throw new AuthenticationError()
        known = { caller: now, at: Date.now() }
      }
      const reading = readingOf(engine, known.caller)
      reading.access.require('export.run')
      return reading
    }
  }

  /** Noted before the first byte leaves, so that an export that was broken off is known, too. */
  async function note(caller: Caller, reading: Reading, asked: ExportRequest): Promise<void> {
    const object = exportedObject(reading, asked.object)
    const records = await countRecords(reading, object, listArguments(object, asked))
    await writeAccessLog(db, {
      kind: 'exported', userId: caller.actor.userId, ip: caller.ip,
      detail: { object: asked.object, format: asked.format, columns: asked.columns, records: records.value, exact: records.exact, narrowed: Boolean(asked.filter || asked.search?.trim()) },
    })
  }
  return router
}

async function* continued(first: IteratorResult<Cell[][], void>, rest: AsyncGenerator<Cell[][]>): AsyncGenerator<Cell[][]> {
  if (first.done) return
  yield first.value
  yield* rest
}

function disposition(name: string, format: string): string {
  return `attachment; filename="export.${format}"; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)}`
}
