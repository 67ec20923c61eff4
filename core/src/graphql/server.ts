import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled'
import { expressMiddleware } from '@as-integrations/express5'
import express, { Router, type Response } from 'express'
import type { GraphQLSchema } from 'graphql'
import type { IncomingMessage } from 'node:http'
import { AuthenticationError, InputError, NotAllowedError, type DomainError, type Log } from '@kartotek/sdk'
import type { Access } from '../access/access.ts'
import type { Caller } from '../access/caller.ts'
import type { Generation } from '../model/generation.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { CompiledQueries, type Request } from './compiled-queries.ts'
import type { RequestContext } from './context.ts'
import { formatError } from './errors.ts'
import { translate, translateError } from '../messages/translate.ts'
import { checkLimits, LIMITS } from './limits.ts'
import { SchemaCache } from './schemas.ts'

export interface GraphqlDeps {
  engine: Engine
  log: Log
  /** The generated schema with the parts of all features, cut to what the caller may see. */
  build(generation: Generation, access: Access): GraphQLSchema
  authenticate(request: IncomingMessage): Promise<Caller | null>
  /** The parts of the context that the composition knows: records, jobs, live events. */
  context(caller: Caller): Omit<RequestContext, 'engine' | 'reading' | 'changeSets' | 'access' | 'caller' | 'actor'>
}

const MAX_BODY = 2 * 1024 * 1024

/**
 * The GraphQL API over HTTP. There is one Apollo Server for each set of visible objects and fields of a generation, so a
 * document is validated against exactly what its sender may refer to, and validated documents can be kept.
 */
export class GraphqlApi {
  readonly #deps: GraphqlDeps
  readonly #servers: SchemaCache<Promise<{ server: ApolloServer<RequestContext>, handle: ReturnType<typeof expressMiddleware> }>>
  readonly #schemas: SchemaCache<GraphQLSchema>
  readonly #compiled: SchemaCache<CompiledQueries>

  constructor(deps: GraphqlDeps) {
    this.#deps = deps
    this.#schemas = new SchemaCache((generation, access) => deps.build(generation, access))
    this.#compiled = new SchemaCache((generation, access) => new CompiledQueries(this.#schemas.get(generation, access), generation.model))
    this.#servers = new SchemaCache((generation, access) => this.#start(this.#schemas.get(generation, access)))
  }

  /** The schema of this caller; for sockets, which share nothing else with HTTP. */
  schema(generation: Generation, access: Access): GraphQLSchema {
    return this.#schemas.get(generation, access)
  }

  contextOf(caller: Caller): RequestContext {
    const reading = readingOf(this.#deps.engine, caller)
    return { ...this.#deps.context(caller), actor: caller.actor, access: reading.access, caller, engine: this.#deps.engine, reading, changeSets: [] }
  }

  /** `sameOrigin`: whether a request may act with the browser's cookie. */
  router(sameOrigin: (request: IncomingMessage) => boolean): Router {
    const router = Router()
    const refuse = (response: Response, status: number, { code, message }: DomainError): void => { response.status(status).json({ errors: [{ message, extensions: { code } }] }) }
    router.use(express.json({ limit: MAX_BODY, type: 'application/json' }))
    router.use(async (request, response, next) => {
      // Who goes while it is found out who he is has gone, too.
      const left = leavingOf(response)
      try {
        const caller = await this.#deps.authenticate(request)
        if (!caller) return refuse(response, 401, new AuthenticationError())
        if (caller.sessionId && !sameOrigin(request)) return refuse(response, 403, new NotAllowedError(translate('This request comes from another site.', caller.actor.locale)))
        // Before it is parsed and compared field by field, which takes the square of its length.
        const { query } = (request.body ?? {}) as Request
        if (typeof query === 'string' && query.length > LIMITS.characters) {
          response.status(400).json({ errors: [{ message: `A document has at most ${LIMITS.characters} characters; values go into variables.`, extensions: { code: 'LIMIT_EXCEEDED', limit: LIMITS.characters } }] })
          return
        }
        const key = request.headers['idempotency-key']
        if (typeof key === 'string' && key) caller.idempotencyKey = key
        const context = { ...this.contextOf(caller), left }
        const compiled = isPlainPost(request) ? await this.#compiled.get(context.reading.generation, context.access).answer(request.body as Request, context, this.#deps.log) : null
        if (compiled !== null) {
          response.setHeader('content-type', 'application/json; charset=utf-8')
          response.setHeader('cache-control', 'no-store')
          // As bytes: a socket turns a long text that is not Latin into UTF-8 much more slowly.
          response.end(Buffer.from(compiled))
          return
        }
        const { handle } = await this.#servers.get(context.reading.generation, context.access)
        contexts.set(request, context)
        await handle(request, response, next)
      } catch (error) {
        next(error)
      }
    })
    return router
  }

  async #start(schema: GraphQLSchema) {
    const server = new ApolloServer<RequestContext>({
      schema,
      introspection: true,
      includeStacktraceInErrorResponses: false,
      hideSchemaDetailsFromClientErrors: true,
      csrfPrevention: true,
      parseOptions: { maxTokens: LIMITS.tokens },
      allowBatchedHttpRequests: false,
      // Each field of each record would be wrapped by it, which costs as much as the rest.
      plugins: [ApolloServerPluginCacheControlDisabled(), limits, changeSets, language],
      formatError: (formatted, error) => formatError(formatted, error, this.#deps.log),
      stopOnTerminationSignals: false,
      logger: { debug: () => undefined, info: () => undefined, warn: (m: string) => this.#deps.log.warn(m), error: (m: string) => this.#deps.log.error(m) },
    })
    await server.start()
    const handle = expressMiddleware(server, { context: async ({ req }) => contexts.get(req)! })
    return { server, handle }
  }
}

/** One operation in JSON whose sender takes JSON; the body is there only where its type was `application/json`. */
function isPlainPost({ method, body, headers, url }: express.Request): boolean {
  if (method !== 'POST' || url !== '/' || typeof body !== 'object' || body === null || Array.isArray(body) || 'extensions' in body) return false
  const { accept } = headers
  return accept === undefined || accept.includes('*/*') || accept.includes('application/json')
}

/** Fires when the connection closes before its answer was sent. */
function leavingOf(response: Response): AbortSignal {
  const leaving = new AbortController()
  response.once('close', () => { if (!response.writableFinished) leaving.abort() })
  return leaving.signal
}

const contexts = new WeakMap<object, RequestContext>()

const limits: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ schema, document, operation, operationName, request }) {
        if (operation?.operation === 'subscription') throw new InputError('A subscription is answered over a WebSocket (graphql-transport-ws) at the same address.')
        checkLimits(schema, document, operationName, request.variables ?? {})
      },
    }
  },
}

/** Names the change sets of the operation, so that the caller can offer to undo it. */
const changeSets: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, contextValue }) {
        if (response.body.kind === 'single' && contextValue.changeSets?.length) {
          response.body.singleResult.extensions = { ...response.body.singleResult.extensions, changeSets: contextValue.changeSets }
        }
      },
    }
  },
}

/** Errors leave in the caller's language. */
const language: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, contextValue }) {
        if (response.body.kind === 'single' && response.body.singleResult.errors) {
          response.body.singleResult.errors = response.body.singleResult.errors.map((error) => translateError(error, contextValue.reading.locale))
        }
      },
    }
  },
}
