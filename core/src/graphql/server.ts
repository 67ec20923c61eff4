import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled'
import { expressMiddleware } from '@as-integrations/express5'
import express, { Router } from 'express'
import type { GraphQLSchema } from 'graphql'
import type { IncomingMessage } from 'node:http'
import { AuthenticationError, type Log } from '@kartotek/sdk'
import type { Access } from '../access/access.ts'
import type { Caller } from '../access/caller.ts'
import type { Generation } from '../model/generation.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import type { RequestContext } from './context.ts'
import { formatError } from './errors.ts'
import { checkLimits } from './limits.ts'
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

  constructor(deps: GraphqlDeps) {
    this.#deps = deps
    this.#schemas = new SchemaCache((generation, access) => deps.build(generation, access))
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

  router(): Router {
    const router = Router()
    router.use(express.json({ limit: MAX_BODY, type: 'application/json' }))
    router.use(async (request, response, next) => {
      try {
        const caller = await this.#deps.authenticate(request)
        if (!caller) {
          const error = new AuthenticationError()
          response.status(401).json({ errors: [{ message: error.message, extensions: { code: error.code } }] })
          return
        }
        const key = request.headers['idempotency-key']
        if (typeof key === 'string' && key) caller.idempotencyKey = key
        const context = this.contextOf(caller)
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
      allowBatchedHttpRequests: false,
      // Each field of each record would be wrapped by it, which costs as much as the rest.
      plugins: [ApolloServerPluginCacheControlDisabled(), limits, changeSets],
      formatError: (formatted, error) => formatError(formatted, error, this.#deps.log),
      stopOnTerminationSignals: false,
      logger: { debug: () => undefined, info: () => undefined, warn: (m: string) => this.#deps.log.warn(m), error: (m: string) => this.#deps.log.error(m) },
    })
    await server.start()
    const handle = expressMiddleware(server, { context: async ({ req }) => contexts.get(req)! })
    return { server, handle }
  }
}

const contexts = new WeakMap<object, RequestContext>()

const limits: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ document, operationName, request }) {
        checkLimits(document, operationName, request.variables ?? {})
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

