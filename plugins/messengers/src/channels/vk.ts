import { createHash } from 'node:crypto'
import type { PluginContext } from '@kartotek/sdk'
import { SendFailure, type IncomingMessage, type MessageChannel, type OutgoingMessage } from '@kartotek/sdk/contracts'
import { receiver } from '../inbound/receiver.ts'
import type { Settings } from '../settings.ts'
import type { AskableChannel } from './channels.ts'
import { byStatus, callJson, prepared } from './http.ts'
import { blobOf, download } from './meta.ts'
import { same } from './signatures.ts'
import { mediaOf, placeOf, textOf } from './vk-attachments.ts'

const KEY = 'vk'
const VERSION = '5.199'
/* eslint-disable @typescript-eslint/no-explicit-any -- what comes from outside has any shape; each part is looked at before it is used */
type Any = any
const REASONS: Record<number, SendFailure['reason']> = {
  1: 'temporary', 6: 'temporary', 9: 'temporary', 10: 'temporary', 29: 'temporary', 5: 'credentials', 7: 'credentials', 15: 'credentials', 27: 'credentials', 901: 'blocked', 900: 'blocked', 902: 'blocked', 18: 'unknown', 113: 'unknown', 936: 'unknown', 100: 'refused', 914: 'refused',
}
const PICTURES = ['image/jpeg', 'image/png', 'image/gif']
/** Above that are talks of many. */
const GROUP_CHATS = 2_000_000_000

export class Vk implements AskableChannel {
  readonly key = KEY
  readonly label = 'VK'
  readonly pace = { overall: 20, conversation: 1 }
  readonly maxText = 4096
  readonly pointKind = 'vk'
  /** By `random_id`. */
  readonly sendsOnce = true
  readonly #ctx: PluginContext<Settings>

  constructor(ctx: PluginContext<Settings>) { this.#ctx = ctx }

  get ready(): boolean { return Boolean(this.#ctx.settings.vkToken) }

  async ask(): Promise<void> {
    await this.#call('groups.getById', {})
  }

  async send({ id, conversation, text, files = [] }: OutgoingMessage): Promise<{ externalId: string }> {
    const attachments = await prepared(files, (file) => this.#upload(conversation, file))
    const sent = await this.#call('messages.send', { peer_id: conversation, random_id: String(createHash('sha256').update(id).digest().readInt32BE()), ...text ? { message: text } : {}, ...attachments.length ? { attachment: attachments.join(',') } : {} })
    return { externalId: String(sent) }
  }

  media(reference: string): ReturnType<NonNullable<MessageChannel['media']>> { return download(this.#ctx, reference) }

  async #upload(peer: string, file: NonNullable<OutgoingMessage['files']>[number]): Promise<string> {
    const { blob, name, mime } = await blobOf(file)
    const put = async (method: string, field: string): Promise<Record<string, unknown>> => {
      const { upload_url: url } = await this.#call(method, { peer_id: peer, ...field === 'file' ? { type: 'doc' } : {} }) as { upload_url: string }
      const form = new FormData()
      form.set(field, blob, name)
      const answer = await callJson(this.#ctx, url, { body: form })
      const { [field]: taken, error, error_descr: words } = answer.body
      const failure = byStatus(answer, `VK answers ${answer.status} to the file.`)
      if (failure) throw failure
      if (!taken || taken === '[]') throw new SendFailure('refused', `VK does not take the file ${name}: ${String(words ?? error ?? 'no reason is told')}.`)
      return answer.body
    }
    if (PICTURES.includes(mime)) {
      const { server, photo, hash } = await put('photos.getMessagesUploadServer', 'photo')
      const [saved] = await this.#call('photos.saveMessagesPhoto', { server: String(server), photo: String(photo), hash: String(hash) }) as Saved[]
      return nameOf('photo', saved!)
    }
    const { file: taken } = await put('docs.getMessagesUploadServer', 'file')
    return nameOf('doc', (await this.#call('docs.save', { file: String(taken), title: name }) as { doc: Saved }).doc)
  }

  async #call(method: string, values: Record<string, string>): Promise<unknown> {
    const { vkApiRoot, vkToken = '' } = this.#ctx.settings
    const answer = await callJson(this.#ctx, `${vkApiRoot}/method/${method}`, { body: new URLSearchParams({ ...values, v: VERSION, access_token: vkToken }) })
    const error = answer.body.error as { error_code?: number, error_msg?: string } | undefined
    if (error) throw new SendFailure(REASONS[Number(error.error_code)] ?? 'refused', error.error_msg ?? `Error ${error.error_code}`)
    const failure = byStatus(answer, `VK answers ${answer.status}.`)
    if (failure) throw failure
    return answer.body.response
  }
}

interface Saved { owner_id: number, id: number, access_key?: string }
const nameOf = (kind: string, { owner_id: owner, id, access_key: key }: Saved): string => `${kind}${owner}_${id}${key ? `_${key}` : ''}`

export function readVk(event: Any): IncomingMessage | null {
  const { type, object, event_id: id } = event ?? {}
  if (type === 'message_allow' || type === 'message_deny') {
    if (!object?.user_id) return null
    return { externalId: `${type}:${id ?? object.key ?? Date.now()}`, conversation: String(object.user_id), from: { externalId: String(object.user_id) }, at: new Date().toISOString(), blocked: type === 'message_deny', raw: event }
  }
  if (!['message_new', 'message_reply', 'message_edit'].includes(type)) return null
  // Before 5.103 the message stood there itself.
  const message = object?.message ?? object
  if (message?.id === undefined || !message.peer_id || message.peer_id > GROUP_CHATS) return null
  const ours = type === 'message_reply' || message.out === 1
  if (type === 'message_edit' && ours) return null
  return {
    externalId: type === 'message_edit' ? `${message.id}:${message.update_time ?? id}` : String(message.id), conversation: String(message.peer_id), from: { externalId: String(message.peer_id) },
    at: new Date((type === 'message_edit' ? message.update_time ?? message.date : message.date) * 1000 || Date.now()).toISOString(), text: textOf(message), media: (message.attachments ?? []).flatMap(mediaOf), location: placeOf(message.geo), sequence: Number(message.id) || null,
    ...type === 'message_edit' ? { kind: 'edit' as const, of: String(message.id) } : ours ? { kind: 'echo' as const } : {},
    ...message.ref || message.ref_source ? { marks: { utm_source: String(message.ref_source ?? 'vk'), ...message.ref ? { utm_campaign: String(message.ref) } : {} } } : {}, raw: event,
  }
}

export const vkWebhook = receiver<Any, Any>({
  channel: KEY, path: '/vk',
  verify({ body }, { vkSecret, vkGroupId }) {
    const event = JSON.parse(body.toString('utf8')) as { secret?: unknown, group_id?: unknown }
    return Boolean(vkSecret && vkGroupId) && same(String(event.secret ?? ''), vkSecret!) && String(event.group_id) === vkGroupId
  },
  parts: (event) => [event],
  read: readVk,
  ofMany: ({ type, object }) => type === 'message_new' && (object?.message ?? object)?.peer_id > GROUP_CHATS,
  answer: ({ type }, { vkConfirmation }) => ({ body: type === 'confirmation' ? vkConfirmation ?? '' : 'ok' }),
})
