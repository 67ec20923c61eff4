import type { IncomingMessage } from 'node:http'
import express, { type Router } from 'express'
import { AuthenticationError, NotFoundError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import type { Engine } from '../records/engine.ts'
import { exportPerson, type PersonalFile } from './export.ts'
import { personalPage } from './export-html.ts'

export interface PrivacyRouterDeps {
  engine: Engine
  authenticate(request: IncomingMessage): Promise<Caller | null>
  ofPlugins(person: { object: string, id: string }): Promise<PersonalFile['plugins']>
}

/**
 * What is held on a person, mounted below `/personal-data`, for who has `privacy.manage` and sees him:
 * `GET /<object>/<id>.json` for machines, `GET /<object>/<id>.html` for people, in their language and the company's time zone.
 */
export function privacyRouter({ engine, authenticate, ofPlugins }: PrivacyRouterDeps): Router {
  const router = express.Router()
  router.get('/:object/:file', async (request, response) => {
    const caller = await authenticate(request)
    if (!caller) throw new AuthenticationError()
    const [id, kind] = request.params.file.split('.') as [string, string?]
    if (kind !== 'json' && kind !== 'html') throw new NotFoundError('There is no such file.')
    const file = await exportPerson(engine, caller, request.params.object, id, ofPlugins, kind === 'html' ? 'words' : 'data')
    response.set({
      'content-type': kind === 'json' ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(`${file.about.name || id}.${kind}`)}`,
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; sandbox`,
    })
    response.send(kind === 'json' ? JSON.stringify(file, null, 2) : personalPage(file, caller.actor.locale, engine.live.current.company.timeZone))
  })
  return router
}
