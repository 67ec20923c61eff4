import pg from 'pg'
import type { Log } from '@kartotek/sdk'

type Handler = (payload: string) => void
const CHANNEL = /^[a-z_][a-z0-9_]{0,62}$/
const FIRST_RETRY_MS = 100, LAST_RETRY_MS = 5_000

/**
 * NOTIFY over one dedicated connection that is opened with the first channel and reopened when it breaks. What was sent
 * while it was broken is lost: a listener also polls, or reads everything again when `onReconnect` is called.
 */
export class Listener {
  readonly #url: string
  readonly #log: Log
  readonly #handlers = new Map<string, Set<Handler>>()
  readonly #reconnected = new Set<() => void>()
  #client: pg.Client | undefined
  #opening: Promise<pg.Client> | undefined
  #retry: NodeJS.Timeout | undefined
  #retryMs = FIRST_RETRY_MS
  #closed = false

  constructor(url: string, log: Log) {
    this.#url = url
    this.#log = log
  }

  /** Calls `handler` for each NOTIFY on `channel` from now on. Resolves to a function that ends it. */
  async listen(channel: string, handler: Handler, onReconnect?: () => void): Promise<() => Promise<void>> {
    if (!CHANNEL.test(channel)) throw new TypeError(`A channel is lower-case letters, digits and underscores; got ${JSON.stringify(channel)}.`)
    const handlers = this.#handlers.get(channel) ?? new Set()
    this.#handlers.set(channel, handlers.add(handler))
    if (onReconnect) this.#reconnected.add(onReconnect)
    const client = await this.#connect()
    if (handlers.size === 1) await client.query(`listen ${channel}`)
    return async () => {
      handlers.delete(handler)
      if (onReconnect) this.#reconnected.delete(onReconnect)
      if (handlers.size || this.#handlers.get(channel) !== handlers) return
      this.#handlers.delete(channel)
      await this.#client?.query(`unlisten ${channel}`).catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#retry)
    await this.#opening?.catch(() => undefined)
    await this.#client?.end().catch(() => undefined)
  }

  #connect(): Promise<pg.Client> {
    if (this.#client) return Promise.resolve(this.#client)
    this.#opening ??= this.#open().finally(() => { this.#opening = undefined })
    return this.#opening
  }

  async #open(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#url, application_name: 'kartotek-listen', keepAlive: true, connectionTimeoutMillis: 10_000 })
    client.on('notification', ({ channel, payload }) => this.#deliver(channel, payload ?? ''))
    client.on('error', () => undefined)
    await client.connect()
    for (const channel of this.#handlers.keys()) await client.query(`listen ${channel}`)
    client.on('end', () => this.#lost(client))
    this.#client = client
    this.#retryMs = FIRST_RETRY_MS
    return client
  }

  #lost(client: pg.Client): void {
    if (this.#closed || this.#client !== client) return
    this.#client = undefined
    this.#log.warn('the connection that hears of changes was lost; opening it again')
    this.#scheduleRetry()
  }

  #scheduleRetry(): void {
    this.#retry = setTimeout(() => {
      if (this.#closed) return
      this.#connect().then(
        () => { for (const tell of this.#reconnected) this.#safely(tell) },
        () => this.#scheduleRetry(),
      )
    }, this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS)
  }

  #deliver(channel: string, payload: string): void {
    for (const handler of this.#handlers.get(channel) ?? []) this.#safely(() => handler(payload))
  }

  #safely(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#log.error({ err: error }, 'a handler of a database notification failed')
    }
  }
}
