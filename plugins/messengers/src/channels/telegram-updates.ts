import type { IncomingMessage, MessageMedia } from '@kartotek/sdk/contracts'

/** The parts of an update that are looked at; everything may be missing. */
interface Person { id?: number, is_bot?: boolean, first_name?: string, last_name?: string, username?: string }
interface Sized { file_id?: string, file_name?: string, mime_type?: string, file_size?: number, emoji?: string }
interface TelegramMessage {
  message_id?: number, date?: number, edit_date?: number, chat?: { id?: number, type?: string, first_name?: string, last_name?: string, username?: string }, from?: Person, text?: string, caption?: string, media_group_id?: string
  photo?: Sized[], video?: Sized, video_note?: Sized, audio?: Sized, voice?: Sized, document?: Sized, animation?: Sized, sticker?: Sized
  location?: { latitude: number, longitude: number }, venue?: { title?: string, location?: { latitude: number, longitude: number } }
  contact?: { phone_number?: string, first_name?: string, last_name?: string, user_id?: number }
  poll?: { question?: string }, dice?: { emoji?: string, value?: number }
}
export interface Update {
  update_id?: number, message?: TelegramMessage, edited_message?: TelegramMessage, business_message?: TelegramMessage, edited_business_message?: TelegramMessage
  deleted_business_messages?: { chat?: TelegramMessage['chat'], message_ids?: number[] }
  callback_query?: { id?: string, from?: Person, data?: string, message?: TelegramMessage }
  my_chat_member?: { chat?: TelegramMessage['chat'], from?: Person, date?: number, new_chat_member?: { status?: string } }
}

const MEDIA: [keyof TelegramMessage, MessageMedia['kind']][] = [['video', 'video'], ['video_note', 'video'], ['audio', 'audio'], ['voice', 'voice'], ['animation', 'video'], ['document', 'document'], ['sticker', 'sticker']]

/** One update tells of all messages that were deleted together; each is a part of its own. */
export function partsOf(update: Update): Update[] {
  const { deleted_business_messages: deleted } = update ?? {}
  return Array.isArray(deleted?.message_ids) ? deleted.message_ids.map((id) => ({ ...update, deleted_business_messages: { ...deleted, message_ids: [id] } })) : [update]
}

/** What an update says to us; null for what is no word of a person in a private chat. Nothing in it is taken for granted. */
export function readUpdate(update: Update): IncomingMessage | null {
  const { callback_query: pressed, my_chat_member: member, deleted_business_messages: deleted } = update
  if (deleted) return readDeleted(update, deleted)
  if (member) return readMember(update, member)
  if (pressed?.from?.id !== undefined && pressed.data) {
    if ((pressed.message?.chat?.type ?? 'private') !== 'private') return null
    return { externalId: `callback:${pressed.id}`, conversation: String(pressed.message?.chat?.id ?? pressed.from.id), from: person(pressed.from), at: new Date().toISOString(), text: pressed.data, raw: update }
  }
  const edited = update.edited_message ?? update.edited_business_message
  const message = update.message ?? update.business_message ?? edited
  if (message?.message_id === undefined || message.chat?.id === undefined || message.chat.type !== 'private') return null
  if (message.from?.is_bot) return null
  // Of a business account its owner is heard, too: what he wrote himself.
  const ours = message.from?.id !== undefined && message.from.id !== message.chat.id
  if (ours && edited) return null
  const own = message.contact && message.contact.user_id !== undefined && message.contact.user_id === message.from?.id
  return {
    externalId: edited ? `${message.message_id}:${message.edit_date ?? update.update_id}` : String(message.message_id), conversation: String(message.chat.id),
    from: { ...person(!message.from || ours ? { ...message.chat, id: message.chat.id } : message.from), phone: own ? plus(message.contact!.phone_number) : null },
    at: new Date((edited ? message.edit_date ?? message.date ?? 0 : message.date ?? 0) * 1000).toISOString(), text: textOf(message, Boolean(own)), media: mediaOf(message),
    location: place(message), sequence: message.message_id, ...edited ? { kind: 'edit' as const, of: String(message.message_id) } : ours ? { kind: 'echo' as const } : {}, marks: startMarks(message.text), raw: update,
  }
}

const OF_MANY = new Set<unknown>(['group', 'supergroup', 'channel'])
/** What somebody wrote in a group into which the bot was put. */
export const isOfMany = ({ message }: Update): boolean => OF_MANY.has(message?.chat?.type)

/** A start link carries up to 64 letters: `utm_source-ads__utm_campaign-may`, or any word. */
export function startMarks(text: string | undefined): Record<string, string> | undefined {
  const payload = /^\/start(?:@\w+)? ([\w-]{1,64})$/.exec(text ?? '')?.[1]
  if (!payload) return undefined
  const pairs = payload.split('__').flatMap((part): [string, string][] => { const pair = /^(utm_[a-z]+|source)-(.+)$/.exec(part); return pair ? [[pair[1]!, pair[2]!]] : [] })
  return { start: payload, ...Object.fromEntries(pairs) }
}

/** Who stops the bot does not want to be written to; who starts it again does. */
function readMember(update: Update, { chat, from, date, new_chat_member: now }: NonNullable<Update['my_chat_member']>): IncomingMessage | null {
  if (chat?.id === undefined || chat.type !== 'private' || !now?.status) return null
  return { externalId: `member:${update.update_id}`, conversation: String(chat.id), from: person(from ?? { id: chat.id }), at: new Date((date ?? 0) * 1000).toISOString(), blocked: now.status === 'kicked', raw: update }
}

function readDeleted(update: Update, { chat, message_ids: [id] = [] }: NonNullable<Update['deleted_business_messages']>): IncomingMessage | null {
  if (id === undefined || chat?.id === undefined || (chat.type ?? 'private') !== 'private') return null
  return { externalId: `delete:${id}`, conversation: String(chat.id), from: person({ ...chat, id: chat.id }), at: new Date().toISOString(), kind: 'delete', of: String(id), raw: update }
}

function person({ id, first_name: first, last_name: last, username }: Person): IncomingMessage['from'] {
  return { externalId: String(id), name: [first, last].filter(Boolean).join(' ') || null, username: username ? `@${username}` : null }
}

const plus = (phone: string | undefined): string | null => (phone ? `+${phone.replace(/^\+/, '')}` : null)

function textOf({ text, caption, contact, poll, dice }: TelegramMessage, own: boolean): string | null {
  if (text ?? caption) return text ?? caption ?? null
  if (contact) return [own ? '📱' : '👤', contact.first_name, contact.last_name, plus(contact.phone_number)].filter(Boolean).join(' ')
  return poll?.question ?? (dice?.emoji ? `${dice.emoji} ${dice.value ?? ''}`.trim() : null)
}

function mediaOf(message: TelegramMessage): MessageMedia[] {
  const photo = message.photo?.at(-1)
  const of = (kind: MessageMedia['kind'], { file_id: reference, file_name: name, mime_type: mime, file_size: bytes }: Sized): MessageMedia[] => (reference ? [{ kind, reference, name: name ?? null, mime: mime ?? null, bytes: bytes ?? null }] : [])
  // An animation comes as a document, too.
  return [...photo ? of('image', photo) : [], ...MEDIA.filter(([key]) => !(key === 'document' && message.animation)).flatMap(([key, kind]) => (message[key] ? of(kind, message[key] as Sized) : []))]
}

function place({ location, venue }: TelegramMessage): IncomingMessage['location'] {
  const at = venue?.location ?? location
  return at && Number.isFinite(at.latitude) ? { latitude: at.latitude, longitude: at.longitude, name: venue?.title ?? null } : null
}
