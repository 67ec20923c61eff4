import { AuthenticationError, InputError, NotAllowedError, type Log } from '@kartotek/sdk'
import express, { Router, type Request, type RequestHandler } from 'express'
import type { Caller } from '../access/caller.ts'
import { compressedFiles } from '../http/compressed-files.ts'
import type { WebPart } from './web-part.ts'

/** A running plugin that has a web part; without one where it cannot be served. */
export interface PluginWithWeb {
  id: string
  part: WebPart | null
  /** Nobody has set it up: the app offers nothing of it. */
  isQuiet(): Promise<boolean>
}

export interface WebRouterDeps {
  plugins(): PluginWithWeb[]
  /** Null where there is no valid session or token. */
  authenticate(request: Request): Promise<Caller | null>
  /** Whether the request may act with the browser's cookie. */
  sameOrigin(request: Request): boolean
  log: Log
  /** Hears what does not work in browsers. */
  broke?(plugin: string, problem: string): void
}

/** The same complaint is not written again for this time. */
const QUIET_MS = 10 * 60_000
/** So many different ones of one person are written within it; a page that is broken has fewer. */
const MOST_OF_ONE = 20

/**
 * The web parts of the running plugins, below `/plugins`:
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /index.json` | what the app loads: `[{ id, entry, css, quiet }]`; `entry` is null where the part is missing, `quiet` where nobody has set the plugin up. Empty for who is not signed in. |
 * | `GET /<id>/web/<hash>/…` | a file. For anybody: it is code that anybody can have who has the package, its address is told to the signed-in only, and without a look at the session it can be kept by browsers and caches for ever. |
 * | `POST /web-problems` | `{ plugin, message }`: the app could not load or show something; it goes into the log |
 */
export function webPartsRouter({ plugins, authenticate, sameOrigin, log, broke }: WebRouterDeps): Router {
  const router = Router()
  const served = new Map<WebPart, RequestHandler[]>()
  const told = new Map<string, number>()
  const by = new Map<string, { since: number, times: number }>()
  /** Who makes up one complaint after the other drowns nobody's log. */
  const mayTell = (person: string): boolean => {
    if (by.size > 1000) by.clear()
    const known = by.get(person)
    const of = known && Date.now() - known.since < QUIET_MS ? known : { since: Date.now(), times: 0 }
    by.set(person, of)
    return ++of.times <= MOST_OF_ONE
  }

  router.get('/index.json', async (request, response) => {
    const caller = await authenticate(request)
    response.set('cache-control', 'no-store').json(caller ? await Promise.all(plugins().map(listed)) : [])
  })

  router.use('/:plugin/web/:hash', (request, response, next) => {
    const { plugin, hash } = request.params as { plugin: string, hash: string }
    const part = plugins().find(({ id, part: its }) => id === plugin && its?.hash === hash)?.part
    if (!part) return next()
    const [compressed, plain] = served.get(part) ?? handlers(part)
    served.set(part, [compressed!, plain!])
    return compressed!(request, response, (error?: unknown) => (error ? next(error) : void plain!(request, response, next)))
  })

  router.post('/web-problems', express.json({ limit: '4kb' }), async (request, response) => {
    const caller = await authenticate(request)
    if (!caller) throw new AuthenticationError()
    if (caller.sessionId && !sameOrigin(request)) throw new NotAllowedError('This request comes from another site.')
    const { plugin, message } = (request.body ?? {}) as { plugin?: unknown, message?: unknown }
    if (typeof message !== 'string' || !plugins().some(({ id }) => id === plugin)) throw new InputError('The plugin or the message is missing.')
    const text = message.slice(0, 500)
    const key = `${String(plugin)} ${text}`
    if (Date.now() - (told.get(key) ?? 0) > QUIET_MS && mayTell(caller.actor.userId ?? caller.actor.id)) {
      if (told.size > 1000) told.clear()
      told.set(key, Date.now())
      broke?.(String(plugin), text)
      log.warn({ plugin, user: caller.actor.userId, problem: text }, `The web part of ${String(plugin)} does not work in a browser: ${text}`)
    }
    response.status(204).end()
  })
  return router
}

async function listed({ id, part, isQuiet }: PluginWithWeb): Promise<{ id: string, entry: string | null, css: string[], quiet: boolean }> {
  const base = part && `/plugins/${id}/web/${part.hash}/`
  return { id, entry: base && base + part!.entry, css: base ? part!.css.map((path) => base + path) : [], quiet: await isQuiet() }
}

function handlers({ folder }: WebPart): RequestHandler[] {
  return [
    compressedFiles(folder, () => true),
    express.static(folder, { index: false, redirect: false, dotfiles: 'ignore', immutable: true, maxAge: '1y' }),
  ]
}
