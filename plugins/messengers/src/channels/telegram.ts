import { createHmac } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PluginContext } from '@kartotek/sdk'
import { SendFailure, type MessageChannel, type OutgoingMessage } from '@kartotek/sdk/contracts'
import { Api, GrammyError, InputFile } from 'grammy'
import { Sink } from '../inbound/queue.ts'
import { receiver } from '../inbound/receiver.ts'
import type { Settings } from '../settings.ts'
import type { AskableChannel } from './channels.ts'
import { brokenCall } from './http.ts'
import { same } from './signatures.ts'
import { isOfMany, partsOf, readUpdate, type Update } from './telegram-updates.ts'

const KEY = 'telegram'
const ALLOWED = ['message', 'edited_message', 'callback_query', 'my_chat_member', 'business_message', 'edited_business_message', 'deleted_business_messages'] as const
const POLL_SECONDS = 25
/** How often the settings are looked at while there is nothing to do. */
const IDLE_MS = 5_000

/** The client of the Bot API, by the plugin's own way out. */
function apiOf(ctx: PluginContext<Settings>): Api {
  const { telegramToken, telegramApiRoot } = ctx.settings
  return new Api(telegramToken!, {
    apiRoot: telegramApiRoot, timeoutSeconds: POLL_SECONDS + 15,
    // Its signals and streams are of another library than ours.
    fetch: (async (url: string, { signal, body, method, headers }: { signal?: { aborted: boolean, addEventListener(name: 'abort', run: () => void): void }, body?: unknown, method?: string, headers?: Record<string, string> }) => {
      const stop = new AbortController()
      if (signal?.aborted) stop.abort()
      signal?.addEventListener('abort', () => { stop.abort() })
      return ctx.fetch(url, { method, headers, body: body as never, signal: stop.signal, ...body && typeof body !== 'string' ? { duplex: 'half' } : {} } as RequestInit)
    }) as never,
  })
}

/** What Telegram repeats with each delivery: nothing that an administrator has to think of. */
export function telegramSecret(token: string): string {
  return createHmac('sha256', token).update('kartotek webhook').digest('base64url')
}

export class Telegram implements AskableChannel {
  readonly key = KEY
  readonly label = 'Telegram'
  readonly pace = { overall: 30, conversation: 1 }
  readonly maxText = 4096
  readonly pointKind = 'telegram'
  readonly #ctx: PluginContext<Settings>

  constructor(ctx: PluginContext<Settings>) { this.#ctx = ctx }

  get ready(): boolean { return Boolean(this.#ctx.settings.telegramToken) }

  async ask(): Promise<void> {
    try {
      await apiOf(this.#ctx).getMe()
    } catch (error) {
      throw failureOf(error)
    }
  }

  async send({ conversation, text, files = [] }: OutgoingMessage): Promise<{ externalId: string }> {
    const api = apiOf(this.#ctx)
    let first: number | null = null
    try {
      for (const [i, file] of files.entries()) {
        const { name, mime, content } = await file.open()
        // A caption has 1,024 characters.
        const caption = i === 0 && text && text.length <= 1024 ? { caption: text } : {}
        const input = new InputFile(content as never, name)
        const { message_id: id } = mime === 'image/jpeg' || mime === 'image/png' ? await api.sendPhoto(conversation, input, caption) : await api.sendDocument(conversation, input, caption)
        first ??= id
      }
      if (text && (!files.length || text.length > 1024)) first = (await api.sendMessage(conversation, text)).message_id
      return { externalId: String(first) }
    } catch (error) {
      // What went out before cannot be taken back.
      if (first !== null) throw new Error(String((error as Error).message), { cause: error })
      throw failureOf(error)
    }
  }

  async media(reference: string): ReturnType<NonNullable<MessageChannel['media']>> {
    const { telegramToken, telegramApiRoot } = this.#ctx.settings
    try {
      const { file_path: path, file_size: bytes } = await apiOf(this.#ctx).getFile(reference)
      if (!path) throw new SendFailure('refused', 'Telegram does not give this file.')
      const response = await this.#ctx.fetch(`${telegramApiRoot}/file/bot${telegramToken}/${path}`)
      if (!response.ok || !response.body) throw new SendFailure(response.status >= 500 ? 'temporary' : 'refused', `Telegram answers ${response.status} for the file.`)
      return { content: Readable.fromWeb(response.body as never), mime: null, name: path.split('/').at(-1) ?? null, bytes: bytes ?? null }
    } catch (error) {
      throw failureOf(error)
    }
  }
}

function failureOf(error: unknown): unknown {
  if (!(error instanceof GrammyError)) return brokenCall(error)
  const { error_code: code, description, parameters } = error
  if (code === 429) return new SendFailure('temporary', description, parameters.retry_after ?? 1)
  if (code === 403) return new SendFailure('blocked', description)
  if (code === 401 || code === 404) return new SendFailure('credentials', description)
  if (code >= 500) return new SendFailure('temporary', description)
  return new SendFailure(/chat not found|user not found|PEER_ID_INVALID/i.test(description) ? 'unknown' : 'refused', description)
}

/** Deliveries of Telegram itself. What an update is cannot be known beforehand: unknown kinds are taken and say nothing. */
export const telegramWebhook = receiver<Update, Update>({
  channel: KEY, path: '/telegram',
  verify: ({ headers }, { telegramToken: token }) => Boolean(token) && same(headers['x-telegram-bot-api-secret-token'] ?? '', telegramSecret(token!)),
  parts: partsOf,
  read: readUpdate,
  ofMany: isOfMany,
})

/**
 * Keeps the connection as the settings want it: long polling on one node of all, or the webhook set once. Settings are looked at all the
 * time, so that a change needs no restart.
 */
export async function telegramWorker(ctx: PluginContext<Settings>): Promise<void> {
  let set: string | null = null
  while (!ctx.signal.aborted) {
    const { telegramToken: token, telegramMode: mode } = ctx.settings
    const wanted = token ? `${mode} ${token}` : null
    try {
      if (wanted && wanted !== set) await connect(ctx, mode, token!)
      set = wanted
      if (wanted && mode === 'polling') await poll(ctx)
      else await sleep(IDLE_MS, undefined, { signal: ctx.signal })
    } catch (error) {
      if (ctx.signal.aborted) return
      throw error
    }
  }
}

async function connect(ctx: PluginContext<Settings>, mode: Settings['telegramMode'], token: string): Promise<void> {
  const api = apiOf(ctx)
  if (mode === 'polling') await api.deleteWebhook()
  else await api.setWebhook(`${ctx.publicUrl}/plugins/messengers/telegram`, { secret_token: telegramSecret(token), allowed_updates: [...ALLOWED] })
}

/** One question; the place in the stream is kept only after what came is kept. */
export async function poll(ctx: PluginContext<Settings>, seconds = POLL_SECONDS): Promise<number> {
  const [at] = await ctx.db.query<{ position: string }>('select position from cursor where channel = $1', [KEY])
  const stop = new AbortController()
  ctx.signal.addEventListener('abort', () => { stop.abort() }, { once: true })
  const updates = await apiOf(ctx).getUpdates({ timeout: seconds, limit: 100, allowed_updates: [...ALLOWED], ...at ? { offset: Number(at.position) + 1 } : {} }, stop.signal as never) as Update[]
  if (!updates.length) return 0
  await ctx.get(Sink).take(KEY, () => updates.flatMap(partsOf), { read: readUpdate, ofMany: isOfMany }, updates)
  const last = Math.max(...updates.map(({ update_id: id }) => id ?? 0))
  await ctx.db.query('insert into cursor (channel, position) values ($1, $2) on conflict (channel) do update set position = greatest(cursor.position, excluded.position)', [KEY, last])
  return updates.length
}
