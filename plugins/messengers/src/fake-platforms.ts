import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

interface Update { update_id: number }

/** The Bot API of Telegram and the messages of VK, as far as two servers that die need them. A text with `silence` is taken, and its first sending never answered. */
export class FakePlatforms {
  readonly #server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece: Buffer) => { body += piece.toString('utf8') }).on('end', () => {
      const { pathname } = new URL(request.url!, 'http://x')
      const answer = this.#answer(pathname, pathname.startsWith('/method/') ? Object.fromEntries(new URLSearchParams(body)) : body ? JSON.parse(body) as Record<string, unknown> : {})
      void answer.then((result) => { if (result !== null) response.setHeader('content-type', 'application/json').end(JSON.stringify(result)) })
    })
  })
  readonly #updates: Update[] = []
  /** Texts that Telegram was given, each time. */
  readonly telegram: string[] = []
  /** Texts that VK was given, with the number by which it knows a repetition. */
  readonly vk: { text: string, random: string }[] = []
  /** Where the next updates were asked from. */
  readonly offsets: number[] = []

  static async open(): Promise<FakePlatforms> {
    const platforms = new FakePlatforms()
    await once(platforms.#server.listen(0, '127.0.0.1'), 'listening')
    return platforms
  }

  get url(): string { return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}` }

  /** Somebody writes to the bot. */
  write(id: number, chat: number, text: string): void {
    this.#updates.push({ update_id: id, message: { message_id: id, date: 1_780_000_000, chat: { id: chat, type: 'private', first_name: `Person ${chat}` }, from: { id: chat, first_name: `Person ${chat}` }, text } } as Update)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(path: string, fields: Record<string, unknown>): Promise<object | null> {
    const method = path.split('/').at(-1)!
    if (method === 'getUpdates') {
      const offset = Number(fields.offset ?? 0)
      this.offsets.push(offset)
      const waiting = (): Update[] => this.#updates.filter(({ update_id: id }) => id >= offset).slice(0, 10)
      for (let waited = 0; !waiting().length && waited < 20; waited++) await new Promise((resolve) => setTimeout(resolve, 50))
      return { ok: true, result: waiting() }
    }
    if (method === 'messages.send') {
      const [text, random] = [String(fields.message), String(fields.random_id)]
      this.vk.push({ text, random })
      return text.includes('silence') && this.vk.filter((one) => one.text === text).length === 1 ? null : { response: 1_000 + this.vk.findIndex((one) => one.random === random) }
    }
    if (method === 'sendMessage') {
      const text = String(fields.text)
      this.telegram.push(text)
      return text.includes('silence') ? null : { ok: true, result: { message_id: 5_000 + this.telegram.length } }
    }
    return { ok: true, result: true }
  }
}
