import type { PluginContext } from '@kartotek/sdk'
import type { IncomingMessage, MessageChannel, MessageMedia, MessageState, OutgoingMessage } from '@kartotek/sdk/contracts'
import { receiver } from '../inbound/receiver.ts'
import type { Settings } from '../settings.ts'
import type { AskableChannel } from './channels.ts'
import { prepared, sendParts } from './http.ts'
import { blobOf, download, graph, type Reasons } from './meta.ts'
import { metaSigned } from './signatures.ts'

const KEY = 'facebook'
/* eslint-disable @typescript-eslint/no-explicit-any -- what comes from outside has any shape; each part is looked at before it is used */
type Any = any
const REASONS: Reasons = { 10: 'closed', 551: 'blocked', '100.2018001': 'unknown', '200.1545041': 'blocked', 1200: 'temporary' }
/** By it an echo of what was sent from here is known. */
const OURS = 'kartotek:'
const SENT_AS = ['image', 'video', 'audio']
const KINDS: Record<string, MessageMedia['kind']> = { image: 'image', video: 'video', audio: 'audio', file: 'document' }

export class Facebook implements AskableChannel {
  readonly key = KEY
  readonly label = 'Facebook Messenger'
  readonly replyHours = 24
  readonly pace = { overall: 30, conversation: 5 }
  readonly maxText = 2000
  readonly pointKind = 'facebook'
  readonly #ctx: PluginContext<Settings>

  constructor(ctx: PluginContext<Settings>) { this.#ctx = ctx }

  get ready(): boolean { return Boolean(this.#ctx.settings.facebookToken) }

  async ask(): Promise<void> {
    await graph(this.#ctx, this.#ctx.settings.facebookToken ?? '', 'me?fields=id', undefined, REASONS)
  }

  async send({ id, conversation, text, files = [] }: OutgoingMessage): Promise<{ externalId: string }> {
    const { facebookToken: token = '' } = this.#ctx.settings
    const post = async (body: unknown): Promise<string> => String((await graph(this.#ctx, token, 'me/messages', body, REASONS)).message_id)
    const metadata = OURS + id
    const read = await prepared(files, blobOf)
    return { externalId: await sendParts([
      ...text ? [() => post({ recipient: { id: conversation }, messaging_type: 'RESPONSE', message: { text, metadata } })] : [],
      ...read.map(({ blob, name, mime }) => () => {
        const form = new FormData()
        form.set('recipient', JSON.stringify({ id: conversation }))
        form.set('messaging_type', 'RESPONSE')
        form.set('message', JSON.stringify({ metadata, attachment: { type: SENT_AS.find((kind) => mime.startsWith(`${kind}/`)) ?? 'file', payload: { is_reusable: false } } }))
        form.set('filedata', blob, name)
        return post(form)
      }),
    ]) }
  }

  media(reference: string): ReturnType<NonNullable<MessageChannel['media']>> { return download(this.#ctx, reference) }
}

interface Part { event: Any, page: string }

/** What concerns our page; another one, or one that only listens along, does not. A delivery names several messages. */
function partsOf(body: Any, page: string | undefined): Part[] {
  return (body?.entry ?? []).flatMap((entry: Any) => (page && String(entry?.id) !== page ? [] : (entry?.messaging ?? []).flatMap((event: Any) => {
    const mids = event?.delivery?.mids
    return (Array.isArray(mids) ? mids.map((mid: unknown) => ({ ...event, delivery: { ...event.delivery, mid } })) : [event]).map((one: Any) => ({ event: one, page: String(entry.id) }))
  })))
}

export function readFacebook({ event, page }: Part): IncomingMessage | MessageState | null {
  const { message, postback, sender, recipient, timestamp, delivery, read } = event ?? {}
  const echo = message?.is_echo === true
  const person = echo ? recipient?.id : sender?.id
  if (!person || String(person) === page) return null
  const base = { conversation: String(person), at: new Date(Number(timestamp) || Date.now()).toISOString() }
  if (delivery?.mid) return { ...base, externalId: String(delivery.mid), state: 'delivered' }
  if (read?.watermark) return { ...base, through: new Date(Number(read.watermark)).toISOString(), state: 'read' }
  if (postback) return { ...base, ...said(event, person), externalId: String(postback.mid ?? `postback:${timestamp}`), text: postback.title ?? postback.payload ?? null }
  if (!message?.mid || (echo && String(message.metadata ?? '').startsWith(OURS))) return null
  if (message.is_deleted) return { ...base, ...said(event, person), kind: 'delete', externalId: `delete:${message.mid}`, of: String(message.mid) }
  const media: MessageMedia[] = (message.attachments ?? []).flatMap(({ type, payload }: Any) => (payload?.url && KINDS[type] ? [{ kind: payload.sticker_id ? 'sticker' : KINDS[type], reference: String(payload.url).slice(0, 2000) }] : []))
  return { ...base, ...said(event, person), externalId: String(message.mid), text: message.text ?? null, media, ...echo ? { kind: 'echo' as const } : {} }
}

const said = (event: Any, person: unknown): Pick<IncomingMessage, 'from' | 'raw' | 'marks'> => ({ from: { externalId: String(person) }, raw: event, ...marks(event) })

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
