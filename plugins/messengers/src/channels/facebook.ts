import type { PluginContext } from '@kartotek/sdk'
import type { IncomingMessage, MessageChannel, MessageMedia, OutgoingMessage, SendFailure } from '@kartotek/sdk/contracts'
import { receiver } from '../inbound/receiver.ts'
import type { Settings } from '../settings.ts'
import { blobOf, download, graph } from './meta.ts'
import { metaSigned } from './signatures.ts'

const KEY = 'facebook'
/* eslint-disable @typescript-eslint/no-explicit-any -- what comes from outside has any shape; each part is looked at before it is used */
type Any = any
const REASONS: Record<number, SendFailure['reason']> = { 10: 'closed', 551: 'blocked', 100: 'unknown', 1200: 'temporary', 2: 'temporary' }
const KINDS: Record<string, MessageMedia['kind']> = { image: 'image', video: 'video', audio: 'audio', file: 'document' }

export class Facebook implements MessageChannel {
  readonly key = KEY
  readonly label = 'Facebook Messenger'
  readonly replyHours = 24
  readonly pace = { overall: 30, conversation: 5 }
  readonly maxText = 2000
  readonly pointKind = 'facebook'
  readonly #ctx: PluginContext<Settings>

  constructor(ctx: PluginContext<Settings>) { this.#ctx = ctx }

  get ready(): boolean { return Boolean(this.#ctx.settings.facebookToken) }

  async send({ conversation, text, files = [] }: OutgoingMessage): Promise<{ externalId: string }> {
    const { facebookToken: token = '' } = this.#ctx.settings
    let last = ''
    for (const file of files) {
      const { blob, name, mime } = await blobOf(file)
      const form = new FormData()
      form.set('recipient', JSON.stringify({ id: conversation }))
      form.set('message', JSON.stringify({ attachment: { type: mime.startsWith('image/') ? 'image' : 'file', payload: { is_reusable: false } } }))
      form.set('filedata', blob, name)
      last = String((await graph(this.#ctx, token, 'me/messages', form, REASONS)).message_id)
    }
    if (text) last = String((await graph(this.#ctx, token, 'me/messages', { recipient: { id: conversation }, messaging_type: 'RESPONSE', message: { text } }, REASONS)).message_id)
    return { externalId: last }
  }

  media(reference: string): ReturnType<NonNullable<MessageChannel['media']>> { return download(this.#ctx, reference) }
}

interface Part { event: Any, page: string }

/** What concerns our page; another one, or one that only listens along, does not. */
function partsOf(body: Any, page: string | undefined): Part[] {
  return (body?.entry ?? []).flatMap((entry: Any) => (page && String(entry?.id) !== page ? [] : (entry?.messaging ?? []).map((event: Any) => ({ event, page: String(entry.id) }))))
}

export function readFacebook({ event, page }: Part): IncomingMessage | null {
  const { message, postback, sender, recipient, timestamp } = event ?? {}
  const echo = message?.is_echo === true
  const person = echo ? recipient?.id : sender?.id
  if (!person || String(person) === page || (!message && !postback)) return null
  const base = { conversation: String(person), from: { externalId: String(person) }, at: new Date(Number(timestamp) || Date.now()).toISOString(), raw: event, ...marks(event) }
  if (postback) return { ...base, externalId: String(postback.mid ?? `postback:${timestamp}`), text: postback.title ?? postback.payload ?? null }
  if (!message.mid) return null
  if (message.is_deleted) return { ...base, kind: 'delete', externalId: `delete:${message.mid}`, of: String(message.mid) }
  const media: MessageMedia[] = (message.attachments ?? []).flatMap(({ type, payload }: Any) => (payload?.url && KINDS[type] ? [{ kind: payload.sticker_id ? 'sticker' : KINDS[type], reference: String(payload.url).slice(0, 2000) }] : []))
  return { ...base, externalId: String(message.mid), text: message.text ?? null, media, ...echo ? { kind: 'echo' as const } : {} }
}

function marks({ referral, message, postback }: Any): { marks?: Record<string, string> } {
  const from = referral ?? message?.referral ?? postback?.referral
  if (!from) return {}
  return { marks: { ...from.source ? { utm_source: String(from.source).toLowerCase() } : {}, ...from.ad_id ? { utm_campaign: String(from.ad_id) } : {}, ...from.ref ? { utm_content: String(from.ref) } : {} } }
}

export const facebookWebhook = receiver<Any, Part>({
  channel: KEY, path: '/facebook',
  verify: ({ body, headers }, { facebookAppSecret }) => metaSigned(body, headers['x-hub-signature-256'], facebookAppSecret),
  parts: (body, { facebookPageId }) => partsOf(body, facebookPageId),
  read: readFacebook,
})
