import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { GraphQLError, Kind, parse, validate } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer, type WebSocket } from 'ws'
import { LimitError, type Locale, type Log } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { formatError } from './errors.ts'
import { translateError } from '../messages/translate.ts'
import { checkLimits, LIMITS } from './limits.ts'
import type { GraphqlApi } from './server.ts'

export interface SocketsDeps {
  api: GraphqlApi
  /** `refresh` looks again without counting as use of the session. */
  accounts: { authenticate(request: IncomingMessage): Promise<Caller | null>, refresh(caller: Caller): Promise<Caller | null> }
  /** Whether this Origin header may open a socket here. */
  allowedOrigin(request: IncomingMessage): boolean
  log: Log
}

const MAX_SOCKETS_PER_USER = 20
const MAX_SUBSCRIPTIONS = 50
const RECHECK_MS = 3_000
/** A check that takes longer has failed; a round ends before the next begins. */
const CHECK_MS = 1_500
/** Lost rights are lost after this time at the latest, whatever else fails: the bound is five seconds. */
export const LOST_AFTER_MS = RECHECK_MS + CHECK_MS
/** graphql-ws takes the first for final and opens a new socket after the others. */
const CLOSE = { signedOut: 4401, rightsChanged: 4403, notChecked: 1013 } as const

/**
 * Subscriptions over WebSocket: the second front door, with the same locks. Only subscriptions are taken; documents pass
 * the same validation and limits; who loses his session or a role loses the socket within seconds.
 */
export class Sockets {
  readonly #deps: SocketsDeps
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: LIMITS.characters, perMessageDeflate: false })
  readonly #byUser = new Map<string, Set<WebSocket>>()
  readonly #sockets = new Set<WebSocket>()
  #timer: NodeJS.Timeout | undefined

  constructor(deps: SocketsDeps) {
    this.#deps = deps
    const counts = new WeakMap<WebSocket, number>()
    useServer({
      connectionInitWaitTimeout: 5_000,
      onSubscribe: async (ctx, _id, payload) => {
        const { socket } = ctx.extra
        const caller = callers.get(socket)!
        if ((counts.get(socket) ?? 0) >= MAX_SUBSCRIPTIONS) return [limitError(MAX_SUBSCRIPTIONS)]
        const context = deps.api.contextOf(caller)
        const schema = deps.api.schema(context.reading.generation, context.access)
        if (typeof payload.query !== 'string' || payload.query.length > LIMITS.characters) return [limitError(LIMITS.characters)]
        try {
          const document = parse(payload.query, { maxTokens: LIMITS.tokens })
          const operations = document.definitions.filter((d) => d.kind === Kind.OPERATION_DEFINITION)
          if (operations.some((d) => d.operation !== 'subscription')) return [refused('Only subscriptions are taken here; queries and mutations go by HTTP.')]
          const problems = validate(schema, document)
          if (problems.length) return problems.map((p) => refused(withoutSuggestions(p.message)))
          checkLimits(schema, document, payload.operationName, payload.variables ?? {})
          counts.set(socket, (counts.get(socket) ?? 0) + 1)
          return { schema, document, operationName: payload.operationName, variableValues: payload.variables, contextValue: { ...context, signal: signalOf(socket) } }
        } catch (error) {
          return [error instanceof GraphQLError ? error : new GraphQLError((error as Error).message, { originalError: error as Error })]
        }
      },
      onComplete: (ctx) => { counts.set(ctx.extra.socket, Math.max(0, (counts.get(ctx.extra.socket) ?? 1) - 1)) },
      onNext: (ctx, _id, _payload, _args, result) => (result.errors ? { ...result, errors: result.errors.map((e) => told(e, deps.log, localeOf(ctx.extra.socket))) } : result),
      onError: (ctx, _id, _payload, errors) => errors.map((e) => told(e, deps.log, localeOf(ctx.extra.socket))),
    }, this.#server, 12_000)
  }

  /** Takes the upgrades of `/graphql` on this server. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      // Node leaves the socket to us: an error that nobody hears, or a throw here, would end the process.
      socket.on('error', () => socket.destroy())
      if (URL.parse(request.url ?? '/', 'http://localhost')?.pathname !== '/graphql') return socket.destroy()
      void this.#upgrade(request, socket, head).catch((error: Error) => {
        this.#deps.log.warn({ err: error }, 'a socket could not be opened')
        socket.destroy()
      })
    })
    this.#timer = setInterval(() => this.#recheck(), RECHECK_MS)
    this.#timer.unref()
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const refuse = (status: string): void => { socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`) }
    if (!this.#deps.allowedOrigin(request)) return refuse('403 Forbidden')
    const caller = await this.#deps.accounts.authenticate(request)
    if (!caller) return refuse('401 Unauthorized')
    const user = caller.actor.userId ?? caller.actor.id
    const open = this.#byUser.get(user) ?? this.#byUser.set(user, new Set()).get(user)!
    if (open.size >= MAX_SOCKETS_PER_USER) return refuse('429 Too Many Requests')
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      open.add(ws)
      this.#sockets.add(ws)
      controllers.set(ws, new AbortController())
      ws.on('close', () => {
        controllers.get(ws)?.abort()
        open.delete(ws)
        this.#sockets.delete(ws)
        if (!open.size) this.#byUser.delete(user)
      })
      callers.set(ws, caller)
      this.#server.emit('connection', ws, Object.assign(request, { caller }))
    })
  }

  /** Closes the sockets of a user whose rights may have changed; his browser opens new ones with what is left to him. */
  drop(userId: string): void {
    for (const socket of this.#byUser.get(userId) ?? []) socket.close(CLOSE.rightsChanged, 'rights changed')
  }

  /**
   * A session that ended without a notification (a lost connection of LISTEN) must not live on in a socket. One that cannot
   * be checked is closed, and holds up no other.
   */
  #recheck(): void {
    for (const socket of this.#sockets) void this.#check(socket)
  }

  async #check(socket: WebSocket): Promise<void> {
    const known = callers.get(socket)!
    try {
      const caller = await within(CHECK_MS, this.#deps.accounts.refresh(known))
      if (!caller) socket.close(CLOSE.signedOut, 'signed out')
      else if (rights(caller) !== rights(known)) socket.close(CLOSE.rightsChanged, 'rights changed')
    } catch (error) {
      this.#deps.log.warn({ err: error, user: known.actor.userId }, 'a socket was closed: its rights could not be checked')
      socket.close(CLOSE.notChecked, 'try again later')
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    for (const socket of this.#sockets) socket.close(1001, 'the server stops')
    this.#server.close()
  }
}

/** @throws Error where `work` is not done in time */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

const controllers = new WeakMap<WebSocket, AbortController>()
const callers = new WeakMap<WebSocket, Caller>()
const signalOf = (socket: WebSocket): AbortSignal => controllers.get(socket)!.signal
const rights = ({ actor }: Caller): string => [actor.id, ...actor.roleIds, '|', ...actor.closedBy ?? [], '|', ...actor.teamIds, '|', actor.hasShares, actor.standsIn ?? false].join()

const localeOf = (socket: WebSocket): Locale => callers.get(socket)?.actor.locale ?? 'en'

function told(error: unknown, log: Log, locale: Locale): GraphQLError {
  const { message, extensions } = translateError(formatError({ message: (error as Error).message }, error, log), locale)
  return new GraphQLError(message, { extensions })
}
// Worded on their way out like all others, by `onError`.
const refused = (message: string): GraphQLError => new GraphQLError(message)
function limitError(limit: number): GraphQLError {
  const originalError = new LimitError(`The limit of ${limit} is reached.`, { limit })
  return new GraphQLError(originalError.message, { originalError })
}
const withoutSuggestions = (message: string): string => message.replace(/ Did you mean .+\?$/, '')
