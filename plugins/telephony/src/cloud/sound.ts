import { Readable } from 'node:stream'
import { DomainError, NotAllowedError, NotFoundError, UnavailableError } from '@kartotek/sdk'
import type { Recording } from '@kartotek/sdk/contracts'
import { say } from '../messages.ts'
import type { Ctx } from '../settings.ts'

/** What is sent to a service to get a sound. Its headers are credentials: they go to no other server. */
export interface SoundRequest { url: string, method?: 'POST', headers?: Record<string, string>, body?: string }
/** Asks a service for JSON and finds in it the address of the sound, which needs no credentials. @throws UnavailableError, NotFoundError where there is none */
export type Ask = (request: SoundRequest, linkIn: (answer: Record<string, unknown>) => unknown) => Promise<SoundRequest>
/** How much and how long is waited for at most; smaller in tests. */
export interface SoundLimits {
  /** Of a recording: an hour of WAV in two channels has 115 MB. */
  bytes: number
  /** Milliseconds until a sound begins, and until each further piece of it; who pauses his player makes nobody late. */
  wait: number
}

const LIMITS: SoundLimits = { bytes: 256 * 1024 * 1024, wait: 20_000 }
const MOST_REDIRECTS = 5
const MOST_ANSWER = 64 * 1024
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** By these a sound is known. */
const HEAD = 12

/**
 * Fetches a sound from a service and gives it on, piece by piece as it is listened to. Nothing that the service says is believed: what
 * the sound is tell its first bytes, how much comes is counted, and redirects go to hosts of `outbound` only.
 * @param find says what to send, in the end
 * @throws NotFoundError, UnavailableError in the language of who listens; what the service said stands in the log of the server
 */
export async function soundOf(ctx: Ctx, exchange: string, find: (ask: Ask) => SoundRequest | Promise<SoundRequest>, limits = LIMITS): Promise<Recording> {
  const open = async (): Promise<Opened> => {
    const call = new Call(ctx, exchange, limits)
    try {
      return await call.open(await find((request, linkIn) => call.ask(request, linkIn)))
    } catch (error) {
      throw call.failed(error)
    }
  }
  let opened: Opened | null = await open()
  const { mime, bytes } = opened
  return {
    mime, bytes,
    async read(part) {
      const { stream } = opened ?? await open()
      opened = null
      return stream(part)
    },
  }
}

interface Opened { mime: string, bytes: number | null, stream(part?: { first: number, last: number }): Readable }

/** One conversation with a service, which ends when it is silent for too long. */
class Call {
  readonly #ctx: Ctx
  readonly #exchange: string
  readonly #limits: SoundLimits
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  #late: NodeJS.Timeout | undefined

  constructor(ctx: Ctx, exchange: string, limits: SoundLimits) {
    this.#ctx = ctx
    this.#exchange = exchange
    this.#limits = limits
    this.#signal = AbortSignal.any([this.#stop.signal, ctx.signal])
    // Runs until somebody reads: what nobody wants to hear is not kept waiting.
    this.#wait()
  }

  async ask(request: SoundRequest, linkIn: (answer: Record<string, unknown>) => unknown): Promise<SoundRequest> {
    const response = await this.#fetch(request)
    const text = await textOf(response)
    if (!response.ok) throw this.#refusal(request, response.status, text)
    const url = linkIn(fieldsOf(text))
    if (typeof url !== 'string' || !URL.canParse(url)) throw this.#refusal(request, response.status, text, 'The exchange gives no recording; what it answered stands in the log of the server.')
    return { url }
  }

  async open(request: SoundRequest): Promise<Opened> {
    const { response, last } = await this.#followed(request)
    if (!response.ok) throw this.#refusal(last, response.status, await textOf(response))
    const bytes = lengthOf(response)
    if (bytes !== null && bytes > this.#limits.bytes) throw new UnavailableError(say(this.#ctx, 'The recording is too large to be played here.'))
    const reader = response.body?.getReader()
    const begun: Uint8Array[] = []
    while (reader && sizeOf(begun) < HEAD) {
      const { done, value } = await reader.read()
      if (done) break
      begun.push(value)
    }
    const head = Buffer.concat(begun)
    const mime = mimeOf(head)
    if (!reader || !mime) throw this.#refusal(last, response.status, head.toString('utf8'), 'What the exchange gives is no sound that can be played.')
    return { mime, bytes, stream: (part) => this.#stream(head, reader, part) }
  }

  /** What went wrong, as the listener is told; the conversation is over. */
  failed(error: unknown): DomainError {
    this.#end()
    if (error instanceof NotAllowedError) {
      this.#ctx.log.warn({ exchange: this.#exchange, problem: error.message }, 'A recording lies where it may not be fetched from.')
      return new UnavailableError(say(this.#ctx, 'The exchange points to a server from which recordings are not fetched.'))
    }
    if (error instanceof DomainError) return error
    this.#ctx.log.warn({ exchange: this.#exchange, problem: problemOf(error) }, 'A recording could not be fetched.')
    return new UnavailableError(say(this.#ctx, 'The exchange does not answer.'))
  }

  /** Follows redirects itself, so that each goes through `outbound` and takes no credentials with it. */
  async #followed(request: SoundRequest): Promise<{ response: Response, last: SoundRequest }> {
    let last = request
    for (let i = 0; i <= MOST_REDIRECTS; i++) {
      const response = await this.#fetch(last)
      const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null
      if (!location || !URL.canParse(location, last.url)) return { response, last }
      await response.body?.cancel()
      const url = new URL(location, last.url)
      last = { url: url.href, ...url.origin === new URL(last.url).origin && !last.method && last.headers ? { headers: last.headers } : {} }
    }
    throw this.#refusal(last, 302, 'It redirects without end.')
  }

  #fetch({ url, method, headers, body }: SoundRequest): Promise<Response> {
    return this.#ctx.fetch(url, { method: method ?? 'GET', headers: { 'accept-encoding': 'identity', ...headers }, ...body === undefined ? {} : { body }, signal: this.#signal })
  }

  #refusal({ headers, body }: SoundRequest, status: number, said: string, otherwise: Parameters<typeof say>[1] = 'The exchange gives no recording now: it answers {reason}.'): DomainError {
    this.#ctx.log.warn({ exchange: this.#exchange, status, said: said.slice(0, 300) }, 'An exchange gave no recording.')
    const refused = status === 401 || status === 403
    if (refused && (headers ?? body)) return new UnavailableError(say(this.#ctx, 'The exchange does not accept the keys by which recordings are fetched; an administrator can correct them in the settings.'))
    // A link that holds no longer, or to what was deleted, is refused too.
    if (refused || status === 404 || status === 410) return new NotFoundError(say(this.#ctx, 'The recording is not there, or not there yet.'))
    return new UnavailableError(say(this.#ctx, otherwise, String(status)))
  }

  #stream(head: Buffer, reader: ReadableStreamDefaultReader<Uint8Array>, part = { first: 0, last: Infinity }): Readable {
    this.#rest()
    const pieces = this.#pieces(head, reader, part)
    const end = (): void => { this.#end() }
    return new Readable({
      read() { pieces.next().then(({ done, value }) => this.push(done ? null : value), (error: Error) => this.destroy(error)) },
      // At once, also while the service is waited for.
      destroy(error, done) {
        end()
        done(error)
      },
    })
  }

  /** Links of some services hold for one request only, so a part is cut out of the whole. */
  async* #pieces(head: Buffer, reader: ReadableStreamDefaultReader<Uint8Array>, { first, last }: { first: number, last: number }): AsyncGenerator<Uint8Array> {
    let at = 0
    for (let piece: Uint8Array | undefined = head; piece; piece = await this.#next(reader)) {
      const [from, to] = [Math.max(0, first - at), Math.min(piece.length, last + 1 - at)]
      if (from < to) yield piece.subarray(from, to)
      at += piece.length
      if (at > last) return
      if (at > this.#limits.bytes) throw new Error('The recording is larger than any.')
    }
  }

  async #next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
    this.#wait()
    try {
      return (await reader.read()).value
    } finally {
      this.#rest()
    }
  }

  #wait(): void {
    this.#late = setTimeout(() => this.#stop.abort(), this.#limits.wait).unref()
  }

  #rest(): void { clearTimeout(this.#late) }

  #end(): void {
    this.#rest()
    this.#stop.abort()
  }
}

const sizeOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, { length }) => sum + length, 0)

/** The beginning of an answer; the rest is left. */
async function textOf({ body }: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of (body ?? []) as AsyncIterable<Uint8Array>) {
    pieces.push(piece)
    if (sizeOf(pieces) >= MOST_ANSWER) break
  }
  return Buffer.concat(pieces).toString('utf8')
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    const answer: unknown = JSON.parse(text)
    return typeof answer === 'object' && answer !== null ? answer as Record<string, unknown> : {}
  } catch {
    return {}
  }
}

/** Null where it is not told, or told of what was packed. */
function lengthOf({ headers }: Response): number | null {
  const length = headers.get('content-length') ?? ''
  return /^\d{1,15}$/.test(length) && ['', 'identity'].includes(headers.get('content-encoding') ?? '') ? Number(length) : null
}

function mimeOf(head: Buffer): string | null {
  const word = (from: number, to: number): string => head.toString('latin1', from, to)
  if (word(0, 4) === 'RIFF' && word(8, 12) === 'WAVE') return 'audio/wav'
  if (word(0, 4) === 'OggS') return 'audio/ogg'
  // The mark of ID3, or a frame of MPEG: eleven bits, and a layer.
  if (word(0, 3) === 'ID3' || (head.length > 1 && head[0] === 0xff && (head[1]! & 0xe0) === 0xe0 && (head[1]! & 0x06) !== 0)) return 'audio/mpeg'
  return null
}

/** `fetch failed` says less than what it was caused by. */
function problemOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
