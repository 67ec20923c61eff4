import { makeOperation, type Client, type Exchange, type Operation } from '@urql/vue'
import { map, pipe, tap } from 'wonka'

/**
 * Keeps what asks for the newest from getting less. The client takes who asks while an answer is on its way for answered by it, though
 * that answer may have been begun before what he has just heard of: here it is asked once more when it is there. And the cache makes an
 * answer empty where it was told meanwhile that what it holds is out of date: here it stays what the server said.
 */
export class AskedAnew {
  readonly #shown = new Map<number, Operation>()
  /** Queries whose answer is on its way from the server, and whether it is out of date before it is there. */
  readonly #onTheWay = new Map<number, { outdated: boolean }>()
  /** What the server has just said, until it is through the cache. */
  readonly #said = new Map<number, unknown>()

  /** The queries whose answers somebody looks at now. */
  get shown(): Iterable<Operation> { return this.#shown.values() }

  /** What is on its way knows nothing of what happened just now. */
  allOutdated(): void {
    for (const answer of this.#onTheWay.values()) answer.outdated = true
  }

  /** Above the cache. */
  readonly above: Exchange = ({ forward }) => operations => pipe(
    forward(pipe(operations, tap((operation) => {
      if (operation.kind === 'query') this.#shown.set(operation.key, operation)
      else if (operation.kind === 'teardown') this.#shown.delete(operation.key)
    }))),
    map((result) => {
      const { key } = result.operation
      const said = this.#said.get(key)
      this.#said.delete(key)
      return result.data || !said ? result : { ...result, data: said }
    }),
  )

  /** Below the cache: sees what goes to the server, and nothing else. */
  readonly below: Exchange = ({ client, forward }) => operations => pipe(
    forward(pipe(operations, tap(({ kind, key }) => {
      if (kind === 'query') this.#onTheWay.set(key, { outdated: false })
      else if (kind === 'teardown') {
        this.#onTheWay.delete(key)
        this.#said.delete(key)
      }
    }))),
    map((result) => {
      const { operation: { kind, key }, data } = result
      if (kind !== 'query') return result
      this.#said.set(key, data)
      const outdated = this.#onTheWay.get(key)?.outdated
      this.#onTheWay.delete(key)
      const operation = this.#shown.get(key)
      if (!outdated || !operation || operation.context.once) return result
      client.reexecuteOperation(makeOperation('query', operation, { ...operation.context, requestPolicy: 'network-only' }))
      return { ...result, stale: true }
    }),
  )

  /** Makes a client hear who asks for the newest while an answer is on its way. */
  listenTo(client: Client): Client {
    const { executeRequestOperation, reexecuteOperation } = client
    const hear = ({ kind, key, context }: Operation): void => {
      const answer = this.#onTheWay.get(key)
      if (answer && kind === 'query' && context.requestPolicy === 'network-only') answer.outdated = true
    }
    return Object.assign(client, {
      executeRequestOperation(operation: Operation) {
        hear(operation)
        return executeRequestOperation(operation)
      },
      reexecuteOperation(operation: Operation) {
        hear(operation)
        reexecuteOperation(operation)
      },
    })
  }
}

let asked = 0
/** A number for a request of its own: it joins no other one that is on its way, and is asked once. Those of queries that are shown are not negative. */
export const ownKey = (): number => -(++asked)
