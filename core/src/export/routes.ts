import express, { type Router } from 'express'
import { NotFoundError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { writeAccessLog } from '../accounts/access-log.ts'
import type { Database } from '../database/index.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { listArguments } from '../records/record-arguments.ts'
import type { Reading } from '../records/reading.ts'
import { countRecords } from '../records/rows.ts'
import type { Cell } from '../spreadsheets/index.ts'
import { inTurn, sendFile, takingFiles, type Authenticate } from './download.ts'
import { exportedObject, exportFile, exportRows, fileNameOf, type ExportRequest } from './export.ts'
import { takeTicket } from './tickets.ts'

export interface ExportsRouterDeps {
  engine: Engine
  db: Pick<Database, 'pool'>
  authenticate: Authenticate
}

/** Files of lists, mounted below `/exports`: `GET /<id>` gives what `prepareExport` made ready, once, to who asked for it. */
export function exportsRouter({ engine, db, authenticate }: ExportsRouterDeps): Router {
  const router = express.Router()

  router.get('/:id', async (request, response) => {
    const { caller, current } = await takingFiles(engine, authenticate, request)
    // Link checkers ask for the head alone: that must not use the file up.
    if (request.method !== 'GET') throw new NotFoundError('There is no such export, or it was fetched already.')
    await inTurn(async () => {
      const asked = await takeTicket(engine.db, caller, request.params.id)
      if (!asked) throw new NotFoundError('There is no such export, or it was fetched already.')
      const reading = readingOf(engine, caller)
      const rows = exportRows(current, asked)
      // What is wrong shows with the first page, while it can still be told.
      const first = await rows.next()
      await note(caller, reading, asked)
      await sendFile(response, exportFile(reading, asked, continued(first, rows)), fileNameOf(reading, exportedObject(reading, asked.object), asked.format), asked.format)
    })
  })

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
