import type { IncomingMessage, MessageMedia } from '@kartotek/sdk/contracts'

/* eslint-disable @typescript-eslint/no-explicit-any -- what comes from outside has any shape; each part is looked at before it is used */
type Any = any

export function placeOf(geo: Any): IncomingMessage['location'] {
  const at = geo?.coordinates
  return at?.latitude != null ? { latitude: Number(at.latitude), longitude: Number(at.longitude), name: geo.place?.title ?? null } : null
}

/** What can be got as a file. */
export function mediaOf(attachment: Any): MessageMedia[] {
  const { type } = attachment ?? {}
  const of = (kind: MessageMedia['kind'], reference: unknown, name?: string | null): MessageMedia[] => (typeof reference === 'string' && reference ? [{ kind, reference, name: name ?? null }] : [])
  const largest = (sizes: Any[] = []): string | undefined => sizes.toSorted((a, b) => (b?.width ?? 0) * (b?.height ?? 0) - (a?.width ?? 0) * (a?.height ?? 0))[0]?.url
  if (type === 'photo') return of('image', largest(attachment.photo?.sizes))
  if (type === 'sticker') return of('sticker', largest(attachment.sticker?.images))
  if (type === 'graffiti') return of('image', attachment.graffiti?.url)
  if (type === 'gift') return of('image', attachment.gift?.thumb_256)
  if (type === 'doc') return of('document', attachment.doc?.url, attachment.doc?.title)
  if (type === 'audio_message') return of('voice', attachment.audio_message?.link_ogg ?? attachment.audio_message?.link_mp3)
  return []
}

/** The words, what was forwarded with them, and by a link what is no file. */
export function textOf({ text, attachments, fwd_messages: forwarded }: Any): string | null {
  const others = (Array.isArray(forwarded) ? forwarded : []).filter(Boolean).map((one: Any) => { const words = textOf(one); return words && `↪ ${words}` })
  const links = (Array.isArray(attachments) ? attachments : []).filter((one) => one?.type && !mediaOf(one).length).map(linkOf)
  return [text, ...others, ...links].filter(Boolean).join('\n') || null
}

/** The page where it is shown, with its title; the name of its kind where it has neither. */
function linkOf(attachment: Any): string {
  const type = String(attachment.type)
  const { owner_id: owner, from_id: from, to_id: to, id, post_id: post, url, view_url: view, title, question, artist, text } = attachment[type] ?? {}
  const name = (type === 'audio' ? [artist, title].filter(Boolean).join(' — ') : title ?? question ?? String(text ?? '').slice(0, 200)) || null
  const by = owner ?? from ?? to
  const page = type === 'wall_reply' && by != null && post != null ? `https://vk.com/wall${by}_${post}?reply=${id}`
    : by != null && id != null ? `https://vk.com/${PAGES[type] ?? type}${by}_${id}` : null
  const link = PAGES[type] || type === 'wall_reply' ? page ?? url ?? view : url ?? view ?? page
  return `📎 ${[name, link].filter(Boolean).join(' ') || type}`
}

/** What stands before the numbers in the address of a page. A post is its wall's: `owner_id`, or in older ones `to_id`. */
const PAGES: Record<string, string> = { video: 'video', wall: 'wall', audio: 'audio', poll: 'poll', story: 'story', market: 'product', album: 'album' }
