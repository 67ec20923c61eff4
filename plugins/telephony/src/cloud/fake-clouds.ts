import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What the services know their customer by. */
export const KEYS = { twilioAccount: 'AC0123456789abcdef0123456789abcdef', twilioToken: 'ttoken', zadarmaKey: 'zkey', zadarmaSecret: 'zsecret', binotelKey: 'bkey', binotelSecret: 'bsecret', mangoKey: 'mkey', mangoSalt: 'msalt' }
/** The one recording that each of them has. */
export const RECORDINGS = { twilio: 'RE1', zadarma: '171.1', binotel: '4937638623', mango: 'MToxMjM=' }
/** What it sounds like: the mark of an MP3, and something behind it. */
export const SOUND = Buffer.concat([Buffer.from('ID3\u0004'), Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 31) % 251))])

/** The interfaces of four services, as their documentation says that recordings are asked for, and a second server that has the files. */
export class FakeClouds {
  readonly #api = createServer((request, response) => void this.#answer(request, response))
  readonly #store = createServer((request, response) => void this.#answer(request, response))
  readonly #once = new Set<string>()
  /** Which services were asked with keys that are right, in order. */
  readonly asked: string[] = []
  /** Where anything was asked for, in order. */
  readonly paths: string[] = []
  /** Credentials that came to where files lie. */
  readonly leaked: string[] = []
  /** How files are answered. */
  file: (response: ServerResponse) => void = plays
  /** Where links and redirects lead; null: to the file. */
  link: unknown = null

  static async open(): Promise<FakeClouds> {
    const clouds = new FakeClouds()
    for (const server of [clouds.#api, clouds.#store]) await once(server.listen(0, '127.0.0.1'), 'listening')
    return clouds
  }

  get settings(): Record<string, string> {
    const [api, store] = [addressOf(this.#api), addressOf(this.#store)]
    return { ...KEYS, twilioApiRoot: api, zadarmaApiRoot: `${api}/`, binotelApiRoot: `${store}/api/4.0`, mangoApiRoot: `${api}/vpbx` }
  }

  /** As it was in the beginning. */
  reset(): void {
    this.file = plays
    this.link = null
    this.asked.length = 0
    this.paths.length = 0
  }

  async close(): Promise<void> {
    for (const server of [this.#api, this.#store]) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://x')
    this.paths.push(url.pathname)
    const body = (await buffer(request)).toString('utf8')
    const json = (status: number, answer: object): void => { response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer)) }
    const link = (): unknown => this.link ?? this.#linkOnce()
    const known = (service: string, right: boolean): boolean => {
      if (right) this.asked.push(service)
      return right
    }
    if (url.pathname.startsWith('/file/')) {
      if (request.headers.authorization || body) this.leaked.push(`${request.headers.authorization} ${body}`)
      if (!this.#once.delete(url.pathname)) return void response.writeHead(404).end()
      this.file(response)
    } else if (url.pathname === `/2010-04-01/Accounts/${KEYS.twilioAccount}/Recordings/${RECORDINGS.twilio}.mp3`) {
      const right = request.headers.authorization === `Basic ${Buffer.from(`${KEYS.twilioAccount}:${KEYS.twilioToken}`).toString('base64')}`
      if (!known('twilio', right)) json(401, { code: 20003, message: 'Authenticate' })
      else if (this.link === null) this.file(response)
      else response.writeHead(307, { location: String(link()) }).end()
    } else if (url.pathname === '/v1/pbx/record/request/') {
      const signed = [...url.searchParams].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${value}`).join('&')
      const hex = createHmac('sha1', KEYS.zadarmaSecret).update(url.pathname + signed + createHash('md5').update(signed).digest('hex')).digest('hex')
      const right = request.headers.authorization === `${KEYS.zadarmaKey}:${Buffer.from(hex).toString('base64')}` && url.searchParams.get('call_id') === RECORDINGS.zadarma
      if (known('zadarma', right)) json(200, { status: 'success', link: link(), lifetime_till: '2026-06-01 10:03:00' })
      else json(401, { status: 'error', message: 'Not authorized' })
    } else if (url.pathname === '/api/4.0/stats/call-record.json') {
      const { generalCallID, key, secret } = JSON.parse(body) as Record<string, string>
      if (known('binotel', generalCallID === RECORDINGS.binotel && key === KEYS.binotelKey && secret === KEYS.binotelSecret)) json(200, { status: 'success', url: link() })
      else json(200, { status: 'error', code: '102', message: `Wrong key ${key} or secret ${secret}` })
    } else if (url.pathname === '/vpbx/queries/recording/post') {
      const form = new URLSearchParams(body)
      const text = form.get('json') ?? ''
      const right = form.get('vpbx_api_key') === KEYS.mangoKey && form.get('sign') === createHash('sha256').update(KEYS.mangoKey + text + KEYS.mangoSalt).digest('hex')
      const { recording_id, action } = right ? JSON.parse(text) as Record<string, string> : {}
      if (known('mango', right && recording_id === RECORDINGS.mango && action === 'play')) response.writeHead(302, { location: String(link()) }).end()
      else json(401, { name: 'Unauthorized', code: 401 })
    } else response.writeHead(404).end()
  }

  /** It holds for one request, as links of Mango's do. */
  #linkOnce(): string {
    const path = `/file/${this.#once.size}-${Math.random().toString(36).slice(2)}.mp3`
    this.#once.add(path)
    return addressOf(this.#store) + path
  }

  /** A link to a file, for redirects of which a test tells itself. */
  fileLink(): string { return this.#linkOnce() }
}

const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** With more in its head than the listener should get. */
export function plays(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': SOUND.length, 'set-cookie': 'account=1', 'x-account': KEYS.twilioAccount }).end(SOUND)
}
