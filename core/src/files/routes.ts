import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import express, { type Response, type Router } from 'express'
import { AuthenticationError, NotFoundError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import type { Files, FileVersion } from './files.ts'

export interface FilesRouterDeps {
  engine: Engine
  files: Files
  authenticate(request: IncomingMessage): Promise<Caller | null>
}

/** Shown in the browser; everything else is downloaded. None of them can run code on our origin. */
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif', 'application/pdf', 'text/plain'])

/**
 * Contents of files, mounted below `/contents`, for who may see the record that they belong to:
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /<file>` | the newest version; `?download` saves it instead of showing it |
 * | `GET /<file>/<number>` | that version |
 * | `GET /<file>/preview` | a small picture, of images |
 */
export function filesRouter({ engine, files, authenticate }: FilesRouterDeps): Router {
  const router = express.Router()

  router.get('/:file{/:part}', async (request, response) => {
    const caller = await authenticate(request)
    if (!caller) throw new AuthenticationError()
    const { file, part } = request.params as { file: string, part?: string }
    const versions = (await files.versions(readingOf(engine, caller), [file])).get(file) ?? []
    const isPreview = part === 'preview'
    const version = !part || isPreview ? versions[0] : versions.find((v) => String(v.number) === part)
    if (!version || (isPreview && !version.hasPreview)) throw new NotFoundError('There is no such file.')
    headers(response, version, isPreview, 'download' in request.query)
    if (request.headers['if-none-match'] === response.getHeader('etag')) {
      response.status(304).end()
      return
    }
    await pipeline(await files.open(version, isPreview), response)
  })
  return router
}

function headers(response: Response, version: FileVersion, preview: boolean, download: boolean): void {
  const shown = preview || (SHOWN.has(version.mime) && !download)
  response.set({
    'content-type': preview ? 'image/webp' : shown && version.mime === 'text/plain' ? 'text/plain; charset=utf-8' : shown ? version.mime : 'application/octet-stream',
    'content-disposition': `${shown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(version.name)}`,
    'x-content-type-options': 'nosniff',
    // what came from outside gets no origin, no script and no net, even where a browser shows it
    'content-security-policy': `default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox`,
    'cache-control': 'private, no-cache',
    'etag': `"${version.id}${preview ? 'p' : ''}"`,
    ...(preview ? {} : { 'content-length': String(version.bytes) }),
  })
}
