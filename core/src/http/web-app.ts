import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import express, { Router, type RequestHandler } from 'express'
import { compressedFiles } from './compressed-files.ts'
import type { Paths } from './paths.ts'

/** The prebuilt web app, read once at the start. */
export interface WebApp {
  readonly directory: string
  readonly page: string
  /** CSP sources of the page's inline scripts (import map, theme), such as `'sha256-…'`. */
  readonly inlineScripts: string[]
}

export function loadWebApp(directory: string): WebApp | undefined {
  const file = join(directory, 'index.html')
  if (!existsSync(file)) return undefined
  const page = readFileSync(file, 'utf8')
  return { directory, page, inlineScripts: inlineScripts(page) }
}

/** CSP hashes of all `<script>` elements of a page that carry their code themselves. */
export function inlineScripts(page: string): string[] {
  return [...page.matchAll(/<script\b(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi)]
    .map(([, code]) => `'sha256-${createHash('sha256').update(code!).digest('base64')}'`)
}

/** Serves the files of the app, and its page for every address that is not the API's. */
export function webApp(web: WebApp | undefined, paths: Paths): Router {
  const router = Router()
  if (web) {
    router.use(compressedFiles(web.directory))
    router.use('/assets', express.static(join(web.directory, 'assets'), { index: false, immutable: true, maxAge: '1y', fallthrough: false }))
    router.use(express.static(web.directory, { index: false, maxAge: 0 }))
  }
  router.use(page(web, paths))
  return router
}

function page(web: WebApp | undefined, paths: Paths): RequestHandler {
  return (request, response) => {
    const wantsPage = ['GET', 'HEAD'].includes(request.method) && paths.areaOf(request.path) === null && request.accepts('html')
    if (!wantsPage) {
      response.status(404).json({ error: { code: 'NOT_FOUND', message: 'There is nothing at this address.' } })
    } else if (web) {
      response.set('cache-control', 'no-cache').type('html').send(web.page)
    } else {
      response.status(503).type('text').send('The web app is not built yet. `npm start` builds it; the API works without it.\n')
    }
  }
}
