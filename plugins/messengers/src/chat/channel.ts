import type { PluginContext } from '@kartotek/sdk'
import type { MessageChannel, OutgoingMessage } from '@kartotek/sdk/contracts'

export const CHAT = 'chat'

/** The chat on one's own site: what is sent lies here until the visitor looks. */
export class WebChat implements MessageChannel {
  readonly key = CHAT
  readonly label = 'Web chat'
  readonly sendsOnce = true
  readonly #ctx: PluginContext

  constructor(ctx: PluginContext) { this.#ctx = ctx }

  async send({ id, conversation, text, files = [] }: OutgoingMessage): Promise<{ externalId: string }> {
    const named = await Promise.all(files.map(async (file) => {
      // What comes over it later was not sent to him.
      const version = Number((await this.#ctx.records.get('file', file.id, ['contentVersion']))?.contentVersion)
      const { name, content } = await this.#ctx.files.open(file.id, version)
      content.destroy()
      return { id: file.id, name, version }
    }))
    await this.#ctx.db.query(`insert into chat_line (id, visitor, direction, text, files) values ($1, $2, 'out', $3, $4) on conflict (id) do nothing`, [id, conversation, text ?? null, named.length ? JSON.stringify(named) : null])
    return { externalId: id }
  }
}
