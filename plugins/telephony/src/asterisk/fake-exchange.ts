import { createHash } from 'node:crypto'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** An exchange for tests: it greets, lets in, and says what it is told to. */
export class FakeExchange {
  readonly asked: Map<string, string>[] = []
  /** What `CoreShowChannels` lists. */
  channels: Record<string, string>[] = []
  /** Who waits in a queue: what `QueueStatus` lists. */
  queued: Record<string, string>[] = []
  banner = 'Asterisk Call Manager/5.0.4'
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Those who listen to events, in the order in which they came. */
  readonly listeners: Socket[] = []

  readonly #secret: string

  private constructor(secret: string) {
    this.#secret = secret
    this.#server = createServer((socket) => this.#serve(socket))
  }

  static async open(secret: string): Promise<FakeExchange> {
    const exchange = new FakeExchange(secret)
    await new Promise<void>((resolve) => exchange.#server.listen(0, '127.0.0.1', resolve))
    return exchange
  }

  get url(): string { return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}` }

  /** Says it to the newest listener, in pieces of this size. */
  async say(bytes: Buffer, size = 700): Promise<void> {
    const socket = this.listeners.at(-1)!
    for (let i = 0; i < bytes.length; i += size) await new Promise<void>((resolve) => { socket.write(bytes.subarray(i, i + size), () => resolve()) })
  }

  /** The cable is pulled. */
  cut(): void { for (const socket of this.#sockets) socket.destroy() }

  async close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined)
    socket.write(`${this.banner}\r\n`)
    let rest = ''
    socket.on('data', (chunk) => {
      rest += chunk.toString('utf8')
      for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
        this.#answer(socket, new Map(rest.slice(0, end).split('\r\n').map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)] as const)))
        rest = rest.slice(end + 4)
      }
    })
  }

  #answer(socket: Socket, fields: Map<string, string>): void {
    this.asked.push(fields)
    const id = fields.get('actionid')!
    const write = (lines: Record<string, string>): void => { socket.write(`${Object.entries({ ...lines, ActionID: id }).map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`) }
    const list = (event: string, items: Record<string, string>[]): void => {
      write({ Response: 'Success', EventList: 'start', Message: 'They will follow' })
      for (const item of items) write({ Event: event, ...item })
      write({ Event: `${fields.get('action')}Complete`, EventList: 'Complete', ListItems: String(items.length) })
    }
    switch (fields.get('action')) {
      case 'Challenge': return write({ Response: 'Success', Challenge: '12345' })
      case 'Login':
        if (fields.get('key') !== createHash('md5').update(`12345${this.#secret}`).digest('hex')) return write({ Response: 'Error', Message: 'Authentication failed' })
        if (fields.get('events') === 'on') this.listeners.push(socket)
        return write({ Response: 'Success', Message: 'Authentication accepted' })
      case 'CoreShowChannels': return list('CoreShowChannel', this.channels)
      case 'QueueStatus': return list('QueueEntry', this.queued)
      default: return write({ Response: 'Success', Message: 'Done' })
    }
  }
}
