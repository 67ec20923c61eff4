import { createHash, randomUUID } from 'node:crypto'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { InputError, UnavailableError, type Locale } from '@kartotek/sdk'
import { sayIn } from '../messages.ts'
import { AmiParser, type AmiMessage } from './ami-parser.ts'

export interface AmiAddress { url: string, user: string, secret: string }

type Fields = Record<string, string | readonly string[]>
interface Waiting { resolve(message: AmiMessage): void, reject(error: Error): void, list?: AmiMessage[] }

const ANSWER_MS = 10_000
const PING_MS = 20_000
/** More channels than any exchange has: what goes on longer is no list. */
const MOST_LISTED = 20_000

/** A signed-in connection with the manager interface. */
export class AmiClient {
  readonly #socket: Socket
  readonly #parser = new AmiParser()
  readonly #waiting = new Map<string, Waiting>()
  readonly #onEvent: (event: AmiMessage) => void
  readonly #locale: Locale
  #ended: Error | null = null
  #ping: NodeJS.Timeout | undefined
  /** Settles when the connection is over, with the reason. */
  readonly closed: Promise<Error>
  #close!: (reason: Error) => void

  private constructor(socket: Socket, onEvent: (event: AmiMessage) => void, locale: Locale) {
    this.#socket = socket
    this.#locale = locale
    this.#onEvent = onEvent
    this.closed = new Promise((resolve) => { this.#close = resolve })
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', (error) => this.end(this.#unavailable('The exchange cannot be reached: {reason}.', (error as NodeJS.ErrnoException).code ?? error.message)))
    socket.on('close', () => this.end(this.#unavailable('The exchange closed the connection.')))
  }

  /**
   * Connects and signs in, without sending the secret itself.
   * @param options.locale in which errors are told; default: English
   * @throws UnavailableError where nobody answers, the secret is wrong, or the exchange is too old
   */
  static async open({ url, user, secret }: AmiAddress, onEvent: (event: AmiMessage) => void, { events = true, signal, locale = 'en' }: { events?: boolean, signal?: AbortSignal, locale?: Locale } = {}): Promise<AmiClient> {
    const { protocol, hostname, port } = new URL(url)
    const host = hostname.replace(/^\[|\]$/g, '')
    const socket = protocol === 'tls:' ? connectTls({ host, port: Number(port || 5039), servername: host }) : connectTcp({ host, port: Number(port || 5038) })
    const client = new AmiClient(socket, onEvent, locale)
    const abort = (): void => client.end(new UnavailableError('Stopped.'))
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted) abort()
    void client.closed.then(() => signal?.removeEventListener('abort', abort))
    try {
      const challenge = await client.ask('Challenge', { AuthType: 'MD5' })
      client.#refuseOld()
      const key = createHash('md5').update((challenge.get('Challenge') ?? '') + secret).digest('hex')
      await client.ask('Login', { AuthType: 'MD5', Username: user, Key: key, Events: events ? 'on' : 'off' })
      client.#ping = setInterval(() => { client.ask('Ping', {}).catch((error: Error) => client.end(error)) }, PING_MS)
      return client
    } catch (error) {
      client.end(error as Error)
      throw error
    }
  }

  /** @throws UnavailableError with what the exchange says against it; InputError for a field with a line break */
  ask(action: string, fields: Fields): Promise<AmiMessage> {
    return this.#send(action, fields)
  }

  /** The events of an action that answers with a list. */
  async list(action: string): Promise<AmiMessage[]> {
    const list: AmiMessage[] = []
    await this.#send(action, {}, list)
    return list
  }

  end(reason: Error): void {
    if (this.#ended) return
    this.#ended = reason
    clearInterval(this.#ping)
    for (const { reject } of this.#waiting.values()) reject(reason)
    this.#waiting.clear()
    this.#socket.destroy()
    this.#close(reason)
  }

  async #send(action: string, fields: Fields, list?: AmiMessage[]): Promise<AmiMessage> {
    const id = `kartotek-${randomUUID()}`
    const lines = Object.entries({ Action: action, ActionID: id, ...fields }).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`))
    // A line break would begin a field, or an action, of whoever wrote the number.
    if (lines.some((line) => /[\u0000-\u001f\u007f]/.test(line))) throw new InputError(sayIn(this.#locale, 'A number for the exchange has no line breaks or other control characters.'))
    if (this.#ended) throw this.#ended
    const answer = new Promise<AmiMessage>((resolve, reject) => this.#waiting.set(id, { resolve, reject, ...list && { list } }))
    const timer = setTimeout(() => this.#waiting.get(id)?.reject(this.#unavailable('The exchange does not answer.')), ANSWER_MS)
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    try {
      return await answer
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(id)
    }
  }

  #read(chunk: Buffer): void {
    try {
      for (const message of this.#parser.feed(chunk)) this.#take(message)
    } catch (error) {
      this.end(this.#unavailable('The exchange is not understood: {reason}', (error as Error).message))
    }
  }

  #take(message: AmiMessage): void {
    const waiting = message.actionId ? this.#waiting.get(message.actionId) : undefined
    if (waiting && message.response && !message.event) {
      if (message.response !== 'Success' && message.response !== 'Goodbye') waiting.reject(this.#unavailable('The exchange refuses: {reason}.', message.get('Message') ?? message.response))
      else if (!waiting.list) waiting.resolve(message)
    } else if (waiting?.list && message.event) {
      if (/complete/i.test(message.get('EventList') ?? '') || message.event.endsWith('Complete')) waiting.resolve(message)
      else if (waiting.list.push(message) > MOST_LISTED) this.end(this.#unavailable('The exchange lists without end.'))
    } else if (message.event) this.#onEvent(message)
  }

  /** Asterisk 11 and older tell other events. Their interface counts from 1. */
  #refuseOld(): void {
    if (Number.parseInt(this.#parser.version ?? '0', 10) < 2) throw this.#unavailable('The exchange speaks version {reason} of the manager interface; Asterisk 12 or newer is needed.', this.#parser.version ?? '')
  }

  #unavailable(text: Parameters<typeof sayIn>[1], reason?: string): UnavailableError {
    return new UnavailableError(sayIn(this.#locale, text, reason))
  }
}
