import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import express, { type Request, type Router } from 'express'
import { AuthenticationError, InputError, LimitError, NotAllowedError, NotFoundError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { UUID } from '../facts/uuid.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import { errorFile } from './error-file.ts'
import { findJob } from './job.ts'
import type { Uploads } from './uploads.ts'

export interface UploadsRouterDeps {
  engine: Engine
  uploads: Uploads
  authenticate(request: IncomingMessage): Promise<Caller | null>
  /** Whether the request may act with the browser's cookie. */
  sameOrigin(request: IncomingMessage): boolean
  /** Greatest file that is attached to a record. */
  maxFileBytes(): number
}

/**
 * Files in and out, mounted below `/uploads`:
 *
 * | request | answer |
 * | --- | --- |
 * | `POST /` (multipart, field `file`) | `{ id, name, bytes }`; the id goes into `startImport`, `attachFile` or `addFileVersion` |
 * | `GET /import-errors/<id>.csv` | the rows of an import that were not loaded, for correction |
 */
export function uploadsRouter({ engine, uploads, authenticate, sameOrigin, maxFileBytes }: UploadsRouterDeps): Router {
  const router = express.Router()

  async function signedIn(request: Request): Promise<Caller> {
    const caller = await authenticate(request)
    if (!caller) throw new AuthenticationError()
    return caller
  }
  async function importer(request: Request): Promise<Caller> {
    const caller = await signedIn(request)
    accessOf(engine, engine.live.current, caller.actor).require('import.run')
    return caller
  }

  /** Who imports may bring large tables, who attaches files what a file may have. @throws NotAllowedError for who does neither */
  function uploadLimit({ actor }: Caller): number | undefined {
    const { model } = engine.live.current
    const access = accessOf(engine, engine.live.current, actor)
    if (access.capability('import.run')) return undefined
    const file = model.objects.get('file')
    if (file && (access.scope(file, 'create') !== 'none' || access.scope(file, 'update') !== 'none')) return maxFileBytes()
    throw new NotAllowedError('You may neither import nor attach files.')
  }

  router.post('/', async (request, response) => {
    const caller = await signedIn(request)
    const limit = uploadLimit(caller)
    // A form of another site could post a file with the browser's cookie.
    if (caller.sessionId && !sameOrigin(request)) throw new NotAllowedError('This request comes from another site.')
    await new Promise<void>((done, fail) => {
      uploads.receive(limit)(request, response, (error?: unknown) => {
        if (!error) return done()
        const { code, message } = error as { code?: string, message: string }
        fail(code === 'LIMIT_FILE_SIZE' ? new LimitError('The file is too large.') : code?.startsWith('LIMIT_') ? new InputError(message) : error as Error)
      })
    })
    if (!request.file) throw new InputError('Send one file in the field "file".')
    const { id, name, bytes } = await uploads.add(request.file, caller.actor.userId)
    response.status(201).json({ id, name, bytes })
  })

  router.get('/import-errors/:name', async (request, response) => {
    const caller = await importer(request)
    const id = request.params.name.replace(/\.csv$/, '')
    const job = UUID.test(id) ? await findJob(engine.db, id) : null
    if (!job || (job.userId !== caller.actor.userId && !accessOf(engine, engine.live.current, caller.actor).everything)) throw new NotFoundError('There is no such import.')
    const name = `${job.fileName.replace(/\.(csv|xlsx)$/i, '')}.errors.csv`
    response.set({
      'content-type': 'text/csv; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    })
    await pipeline(errorFile(engine.db, job), response)
  })
  return router
}
