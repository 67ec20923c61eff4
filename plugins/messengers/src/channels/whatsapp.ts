import type { PluginContext } from '@kartotek/sdk'
import type { IncomingMessage, MessageChannel, MessageMedia, MessageState, OutgoingMessage } from '@kartotek/sdk/contracts'
import { receiver } from '../inbound/receiver.ts'
import type { Settings } from '../settings.ts'
import type { AskableChannel } from './channels.ts'
import { prepared, sendParts } from './http.ts'
import { blobOf, download, graph, reasonOf, type Reasons } from './meta.ts'
import { metaSigned } from './signatures.ts'

const KEY = 'whatsapp'
/* eslint-disable @typescript-eslint/no-explicit-any -- what comes from outside has any shape; each part is looked at before it is used */
type Any = any

const REASONS: Reasons = {
  131047: 'closed', 131026: 'unknown', 131021: 'unknown', 131030: 'unknown', 131050: 'blocked', 130429: 'temporary', 131056: 'temporary', 131048: 'temporary', 131016: 'temporary', 131057: 'temporary', 131000: 'temporary',
  131005: 'credentials', 131031: 'credentials', 131042: 'credentials', 131045: 'credentials', 133010: 'credentials',
}
const MB = 1024 * 1024
/** What is shown as itself; everything else is a document. */
const SHOWN = [
  { type: 'image', mimes: ['image/jpeg', 'image/png'], most: 5 * MB }, { type: 'video', mimes: ['video/mp4', 'video/3gpp'], most: 16 * MB },
  { type: 'audio', mimes: ['audio/aac', 'audio/mp4', 'audio/mpeg', 'audio/amr', 'audio/ogg'], most: 16 * MB },
] as const
const MOST_CAPTION = 1_024
const MEDIA = ['image', 'video', 'audio', 'voice', 'document', 'sticker'] as const

export class WhatsApp implements AskableChannel {
  readonly key = KEY
  readonly label = 'WhatsApp'
  readonly replyHours = 24
  readonly pace = { overall: 60, conversation: 1 }
  readonly maxText = 4096
  readonly pointKind = 'whatsapp'
  readonly #ctx: PluginContext<Settings>

  constructor(ctx: PluginContext<Settings>) { this.#ctx = ctx }

  get ready(): boolean { return Boolean(this.#ctx.settings.whatsappToken && this.#ctx.settings.whatsappPhoneId) }

  async ask(): Promise<void> {
    const { whatsappToken: token = '', whatsappPhoneId: phone = '' } = this.#ctx.settings
    await graph(this.#ctx, token, `${encodeURIComponent(phone)}?fields=id`, undefined, REASONS)
  }

  begin(phone: string): string | null { return phone.replace(/^\+/, '') }

  async send({ conversation, text, files = [], template }: OutgoingMessage): Promise<{ externalId: string }> {
    const { whatsappToken: token = '', whatsappPhoneId: phone = '' } = this.#ctx.settings
    const post = async (content: object): Promise<string> => {
      // Somebody without a number is addressed by his name at the platform.
      const to = /^\d+$/.test(conversation) ? { to: conversation } : { recipient: conversation }
      const body = await graph(this.#ctx, token, `${phone}/messages`, { messaging_product: 'whatsapp', ...to, ...content }, REASONS)
      return String((body.messages as { id?: string }[] | undefined)?.[0]?.id ?? '')
    }
    if (template) {
      const parameters = template.values.map((value) => ({ type: 'text', text: value }))
      return { externalId: await post({ type: 'template', template: { name: template.name, language: { code: template.language }, ...parameters.length ? { components: [{ type: 'body', parameters }] } : {} } }) }
    }
    const uploaded = await prepared(files, async (file) => {
      const { blob, name, mime } = await blobOf(file)
      const form = new FormData()
      form.set('messaging_product', 'whatsapp')
      form.set('type', mime)
      form.set('file', blob, name)
      const { id } = await graph(this.#ctx, token, `${phone}/media`, form, REASONS)
      return { id, name, type: SHOWN.find(({ mimes, most }) => (mimes as readonly string[]).includes(mime) && blob.size <= most)?.type ?? 'document' }
    })
    // A sound has no caption, and a caption fewer signs than a message.
    const captioned = text && text.length <= MOST_CAPTION && uploaded[0] && uploaded[0].type !== 'audio'
    return { externalId: await sendParts([
      ...uploaded.map(({ id, name, type }, i) => () => post({ type, [type]: { id, ...type === 'document' ? { filename: name } : {}, ...captioned && i === 0 ? { caption: text } : {} } })),
      ...text && !captioned ? [() => post({ type: 'text', text: { body: text } })] : [],
    ]) }
  }

  async media(reference: string): ReturnType<NonNullable<MessageChannel['media']>> {
    const { whatsappToken: token = '' } = this.#ctx.settings
    const { url, mime_type: mime } = await graph(this.#ctx, token, encodeURIComponent(reference), undefined, REASONS)
    return { ...await download(this.#ctx, String(url), token), mime: mime ? String(mime) : null }
  }

  async templates(): ReturnType<NonNullable<MessageChannel['templates']>> {
    const { whatsappToken: token = '', whatsappAccountId: account } = this.#ctx.settings
    if (!account) return []
    const { data } = await graph(this.#ctx, token, `${account}/message_templates?fields=name,language,status,components&limit=200`, undefined, REASONS) as { data?: Any[] }
    return (data ?? []).filter(({ status }) => status === 'APPROVED').map(({ name, language, components }) => {
      const text = String((components ?? []).find((one: Any) => one?.type === 'BODY')?.text ?? '')
      return { name: String(name), language: String(language), text, values: new Set(text.match(/\{\{\w+\}\}/g)).size }
    })
  }
}

/** One piece of a delivery, with the people whom the delivery names. */
type Part = { message: Any, contacts: Any[] } | { status: Any }

/** A delivery may hold several accounts, changes, messages and states. */
function partsOf(body: Any, phoneId: string | undefined): Part[] {
  const changes: Any[] = (body?.entry ?? []).flatMap((entry: Any) => entry?.changes ?? [])
  return changes.filter(({ value, field }) => field === 'messages' && value && !(phoneId && value.metadata?.phone_number_id && value.metadata.phone_number_id !== phoneId)).flatMap(({ value }): Part[] => [
    ...(value.messages ?? []).map((message: Any) => ({ message, contacts: value.contacts ?? [] })), ...(value.statuses ?? []).map((status: Any) => ({ status })),
  ])
}

export function readWhatsApp(part: Part): IncomingMessage | MessageState | null {
  if ('message' in part) return readMessage(part.message, part.contacts)
  const { id, status, timestamp, errors } = part.status
  return id && ['sent', 'delivered', 'read', 'failed'].includes(status) ? { externalId: String(id), state: status, at: at(timestamp), ...status === 'failed' ? failedBy(errors?.[0]) : {} } : null
}

/** It is over then, whatever it was: nothing is tried again of what was accepted once. */
function failedBy(error: Any): Pick<MessageState, 'failure' | 'reason'> {
  const failure = reasonOf(error ?? {}, REASONS)
  return { failure: failure === 'temporary' ? null : failure, reason: error?.error_data?.details ?? error?.title ?? null }
}

const at = (seconds: unknown): string => new Date((Number(seconds) || Date.now() / 1000) * 1000).toISOString()

function readMessage(message: Any, contacts: Any[]): IncomingMessage | null {
  const contact = contacts.find((one) => one && [one.wa_id, one.user_id].includes(message.from ?? message.from_user_id)) ?? contacts[0] ?? {}
  // Who hides his number has a name at the platform; the number may be missing for ever.
  const person = contact.parent_user_id ?? message.from_parent_user_id ?? contact.user_id ?? message.from_user_id ?? message.from ?? contact.wa_id
  const wa = [message.from, contact.wa_id].find((one) => /^\d{6,15}$/.test(String(one ?? '')))
  if (!person || !message.id || message.type === 'system') return null
  const conversation = String(wa ?? person)
  const base = { externalId: String(message.id), conversation, from: { externalId: String(person), name: contact.profile?.name ?? null, username: contact.profile?.username ?? null, phone: wa ? `+${wa}` : null }, at: at(message.timestamp), raw: message }
  if (message.type === 'edit') return { ...base, kind: 'edit', of: String(message.edit?.original_message_id ?? ''), text: message.edit?.message?.text?.body ?? message.edit?.text?.body ?? null }
  if (message.type === 'revoke') return { ...base, kind: 'delete', of: String(message.revoke?.original_message_id ?? '') }
  const media: MessageMedia[] = MEDIA.flatMap((kind) => (message[kind]?.id ? [{ kind: kind === 'audio' && message.audio.voice ? 'voice' : kind, reference: String(message[kind].id), name: message[kind].filename ?? null, mime: message[kind].mime_type ?? null }] : []))
  const { location, referral } = message
  return {
    ...base, text: textOf(message), media, location: location?.latitude != null ? { latitude: Number(location.latitude), longitude: Number(location.longitude), name: location.name ?? null } : null,
    ...referral ? { marks: { utm_source: 'whatsapp-ad', ...referral.source_id ? { utm_campaign: String(referral.source_id) } : {}, ...referral.headline ? { utm_content: String(referral.headline) } : {} } } : {},
  }
}

function textOf(message: Any): string | null {
  const { text, button, interactive, reaction, contacts, order } = message
  const caption = MEDIA.map((kind) => message[kind]?.caption).find(Boolean)
  const cards = Array.isArray(contacts) ? contacts.map((card: Any) => [card?.name?.formatted_name, card?.phones?.[0]?.phone].filter(Boolean).join(' ')).join('\n') : null
  return text?.body ?? caption ?? button?.text ?? interactive?.button_reply?.title ?? interactive?.list_reply?.title ?? (interactive?.nfm_reply ? String(interactive.nfm_reply.body ?? interactive.nfm_reply.response_json ?? '') : null) ?? reaction?.emoji
    ?? (cards ? `👤 ${cards}` : null) ?? order?.text ?? null
}

export const whatsappWebhook = receiver<Any, Part>({
  channel: KEY, path: '/whatsapp',
  verify: ({ body, headers }, { whatsappAppSecret }) => metaSigned(body, headers['x-hub-signature-256'], whatsappAppSecret),
  parts: (body, { whatsappPhoneId }) => partsOf(body, whatsappPhoneId),
  read: readWhatsApp,
})
