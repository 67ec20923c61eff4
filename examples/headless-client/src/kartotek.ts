import { createClient } from 'graphql-ws'

/** What went wrong with an operation: `code` is one of a closed set, see docs/api.md. */
export class KartotekError extends Error {
  readonly code: string
  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

interface Answer<Data> { data?: Data, errors?: { message: string, extensions?: { code?: string } }[] }

/** A server and a token: `kartotek token create EMAIL NAME` prints one. */
export class Kartotek {
  readonly #url: string
  readonly #token: string

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  /**
   * A query or a mutation. Under one `key` a mutation is done once, however often it is sent: so it may be sent again when
   * nobody knows whether it arrived.
   * @throws KartotekError
   */
  async ask<Data>(query: string, variables: Record<string, unknown> = {}, key?: string): Promise<Data> {
    const response = await fetch(`${this.#url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'authorization': `Bearer ${this.#token}`, ...key !== undefined && { 'idempotency-key': key } },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = await response.json() as Answer<Data>
    if (errors?.[0] || !data) throw new KartotekError(errors?.[0]?.message ?? `The server answered ${response.status}.`, errors?.[0]?.extensions?.code ?? 'INTERNAL')
    return data
  }

  /** What happens from now on, until the loop over it ends. After a lost connection it goes on; what happened meanwhile is not told. */
  async* watch<Data>(query: string, variables: Record<string, unknown> = {}): AsyncGenerator<Data> {
    const headers = { authorization: `Bearer ${this.#token}` }
    // The WebSocket of Node takes headers, which that of browsers does not.
    class WithToken extends WebSocket {
      constructor(url: string, protocols: string) { super(url, { protocols, headers } as never) }
    }
    const client = createClient({ url: `${this.#url.replace(/^http/, 'ws')}/graphql`, webSocketImpl: WithToken, retryAttempts: 100 })
    try {
      for await (const { data, errors } of client.iterate<Data>({ query, variables })) {
        if (errors?.[0]) throw new KartotekError(errors[0].message, String(errors[0].extensions?.code ?? 'INTERNAL'))
        if (data) yield data
      }
    } finally {
      await client.dispose()
    }
  }
}
