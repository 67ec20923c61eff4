import { StringDecoder } from 'node:string_decoder'

/** One message of the manager interface. Names are compared without regard to case, and may come several times. */
export class AmiMessage {
  readonly #values = new Map<string, string[]>()

  add(name: string, value: string): void {
    const key = name.toLowerCase()
    const there = this.#values.get(key)
    if (there) there.push(value)
    else this.#values.set(key, [value])
  }

  /** The first value; null where there is none, or Asterisk knows none. */
  get(name: string): string | null {
    const value = this.#values.get(name.toLowerCase())?.[0]
    return value === undefined || value === '' || value === '<unknown>' ? null : value
  }

  all(name: string): readonly string[] { return this.#values.get(name.toLowerCase()) ?? [] }
  get event(): string | null { return this.get('Event') }
  get response(): string | null { return this.get('Response') }
  get actionId(): string | null { return this.get('ActionID') }
}

const MOST_LINE = 65_536
const MOST_LINES = 2_000

/** Cuts the stream of the manager interface into messages, wherever the packets are cut: in a line, or in a letter. */
export class AmiParser {
  /** What follows the name in the first line: `5.0.4`; null until it is there. */
  version: string | null = null
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''
  #message: AmiMessage | null = null
  #lines = 0

  /** @throws Error where this is no manager interface */
  feed(chunk: Buffer): AmiMessage[] {
    this.#rest += this.#decoder.write(chunk)
    const messages: AmiMessage[] = []
    for (let end = this.#rest.indexOf('\n'); end >= 0; end = this.#rest.indexOf('\n')) {
      const line = this.#rest.slice(0, end).replace(/\r$/, '')
      this.#rest = this.#rest.slice(end + 1)
      const message = this.#line(line)
      if (message) messages.push(message)
    }
    if (this.#rest.length > MOST_LINE) throw new Error('A line of the exchange is too long: this is no manager interface of Asterisk.')
    return messages
  }

  #line(line: string): AmiMessage | null {
    if (this.version === null) {
      const banner = /^Asterisk Call Manager\/(\S+)/.exec(line)
      if (!banner) throw new Error(`The other side does not greet as Asterisk does, but with ${JSON.stringify(line.slice(0, 60))}.`)
      this.version = banner[1]!
      return null
    }
    if (line === '') {
      const message = this.#message
      this.#message = null
      this.#lines = 0
      return message
    }
    if (++this.#lines > MOST_LINES) throw new Error('A message of the exchange is too long.')
    this.#message ??= new AmiMessage()
    const colon = line.indexOf(':')
    if (colon > 0) this.#message.add(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''))
    return null
  }
}
