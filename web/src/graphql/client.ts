import { Client, createRequest, fetchExchange, makeResult, subscriptionExchange, type AnyVariables, type Exchange, type Operation, type OperationResult } from '@urql/vue'
import { cacheExchange, type Cache, type UpdatesConfig } from '@urql/exchange-graphcache'
import { createClient as createSocket } from 'graphql-ws'
import { filter, fromPromise, merge, mergeMap, pipe, share } from 'wonka'
import { currentLocale } from '../i18n/index.ts'
import { AskedAnew, ownKey } from './asked-anew.ts'
import { paced } from './paced.ts'
import { Problem, problemOf } from './problem.ts'

const asked = new AskedAnew()
const NEVER_STALE = new Set(['objects', 'object', 'pipelines', 'me', 'roles'])

/** Asks every list, aggregate and count on the screen again; records that are known stay. */
function invalidateLists(cache: Cache): void {
  asked.allOutdated()
  for (const { fieldName, fieldKey, arguments: args } of cache.inspectFields('Query')) {
    if (NEVER_STALE.has(fieldName) || !fieldKey) continue
    cache.invalidate('Query', fieldName, args ?? undefined)
  }
}

// The names of mutations follow the model, which admins change at run time, so the updates cannot be a fixed table.
const changesLists = /^(create|archive|restore|delete|revert|import|merge|undo)|^update\w+s$/
const updates = {
  Mutation: new Proxy({}, {
    get: (_target, field) => typeof field !== 'string' ? undefined : (_result: unknown, args: { input?: object }, cache: Cache) => {
      // A record that goes to another stage leaves one list of the board and belongs to another.
      if (changesLists.test(field) || (args.input && 'stage' in args.input)) invalidateLists(cache)
    },
  }),
  Subscription: new Proxy({}, {
    get: (_target, field) => typeof field !== 'string' ? undefined : (result: Record<string, { kind?: string }>, _args: unknown, cache: Cache) => {
      if (field === 'lookAgain') invalidateLists(cache)
      else if (result[field]?.kind && result[field].kind !== 'UPDATED') lookAgain()
    },
  }),
} as UpdatesConfig

// A record is known by its id; everything without one lives inside its parent.
const keys = new Proxy({}, { get: () => (data: { id?: string | null }) => data.id ?? null })

const socketUrl = () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`

/** An answer below 200 OK that carries our own error is turned into GraphQL's shape, so that its code and words are not lost. */
async function fetchApi(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init)
  if (response.ok || !response.headers.get('content-type')?.includes('application/json')) return response
  const body = await response.clone().json().catch(() => null) as { error?: { message?: string, [key: string]: unknown } } | null
  if (!body?.error) return response
  const { message, ...extensions } = body.error
  return Response.json({ data: null, errors: [{ message: message ?? '', extensions }] })
}

const LOOK_AGAIN = 'subscription LookAgain($round: Int) { lookAgain(round: $round) }'
const isLookAgain = (operation: Operation) => operation.kind === 'subscription' && 'lookAgain' in operation.context
/** News that are made on the page itself: the cache hears of them as of any others. */
const answerLookAgain: Exchange = ({ forward }) => (operations) => {
  const all = share(operations)
  return merge([
    // Not at once: who asks does not hear yet.
    pipe(all, filter(isLookAgain), mergeMap(operation => fromPromise(Promise.resolve(makeResult(operation, { data: { lookAgain: true } }))))),
    pipe(all, filter(operation => !isLookAgain(operation)), forward),
  ])
}

/** With the moment since when each listens. */
const missed = new Map<() => void, number>()
/** Who asked longer than this before the first connection stood asks again at once; others once the page is there. */
const SOON_MS = 500
const THERE_MS = 1500
/** What to do when the server speaks again after a pause, or first speaks late: nobody has told what happened meanwhile. @returns a function that ends it */
export function whenBack(handler: () => void): () => void {
  missed.set(handler, performance.now())
  return () => missed.delete(handler)
}

function askAgain(): void {
  for (const operation of asked.shown) client.reexecuteOperation(client.createRequestOperation('query', operation, { ...operation.context, requestPolicy: 'network-only' }))
  for (const handler of missed.keys()) handler()
}
/** Between an answer and the first connection nobody tells what happens, however short that is. */
function askWhatWaited(): void {
  for (const [handler, since] of missed) {
    if (performance.now() - since > SOON_MS) handler()
    else setTimeout(() => { if (missed.get(handler) === since) handler() }, THERE_MS)
  }
}

function createApiClient(): Client {
  const socket = createSocket({
    url: socketUrl(), lazy: true, retryAttempts: 1000, shouldRetry: () => true,
    on: { connected: (_socket, _payload, wasRetry) => { if (wasRetry) askAgain(); else askWhatWaited() } },
  })
  return asked.listenTo(new Client({
    url: '/graphql',
    preferGetMethod: false,
    fetch: fetchApi,
    fetchOptions: () => ({ credentials: 'same-origin', headers: { 'accept-language': currentLocale() } }),
    exchanges: [
      asked.above,
      cacheExchange({ keys, updates }),
      answerLookAgain,
      asked.below,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: request => ({
          subscribe: sink => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? '' }, sink) }),
        }),
      }),
    ],
  }))
}

/** The one client of the page; plugins share it, and with it the cache. */
export const client = createApiClient()

/** Asks lists on the screen again because others changed something: soon, not often, and once the tab is looked at. */
export const lookAgain = paced(() => void client.subscription(LOOK_AGAIN, { round: round++ }, { lookAgain: true }).toPromise())
let round = 0

function dataOf<Data>(result: OperationResult<Data>): Data {
  if (result.error) {
    const problem = problemOf(result.error)
    if (problem.code === 'UNAUTHENTICATED') onSignedOut()
    throw problem
  }
  if (!result.data) throw new Problem('INTERNAL', 'The server answered without data.')
  return result.data
}

let onSignedOut = () => {}
/** What to do when the server says that the session has ended. */
export function whenSignedOut(handler: () => void): void { onSignedOut = handler }

/** Ends the request when the signal fires, so that the server hears of it. */
const endedBy = (signal?: AbortSignal) => signal ? { fetch: (input: RequestInfo | URL, init?: RequestInit) => fetchApi(input, { ...init, signal: AbortSignal.any([signal, ...init?.signal ? [init.signal] : []]) }) } : {}
/** The answer, or the reason of the signal, whichever comes first. */
function unlessEnded<Answer>(answer: Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  if (!signal) return answer
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    answer.then(resolve, reject)
  })
}

/** One answer from the server, past the cache. @throws Problem, or the reason of the signal, which ends the work on the server too */
export async function query<Data>(document: string, variables: AnyVariables = {}, signal?: AbortSignal): Promise<Data> {
  return dataOf(await unlessEnded(client.executeQuery<Data>({ ...createRequest<Data>(document, variables), key: ownKey() }, { requestPolicy: 'network-only', once: true, ...endedBy(signal) }).toPromise(), signal))
}

/** What a mutation returned, and the change sets that it made (for undo). @throws as {@link query} does */
export async function mutate<Data>(document: string, variables: AnyVariables = {}, signal?: AbortSignal): Promise<{ data: Data, changeSets: string[] }> {
  const result = await unlessEnded(client.mutation<Data>(document, variables, endedBy(signal)).toPromise(), signal)
  return { data: dataOf(result), changeSets: (result.extensions?.changeSets as string[] | undefined) ?? [] }
}

/** Reports an error of a running query the way `query` throws it. */
export function problemIn(result: OperationResult): Problem | null {
  if (!result.error) return null
  const problem = problemOf(result.error)
  if (problem.code === 'UNAUTHENTICATED') onSignedOut()
  return problem
}
