import { describe, expect, it } from 'vitest'
import { pieces } from '../outgoing/send.ts'
import { readFacebook } from './facebook.ts'
import { partsOf, readUpdate } from './telegram-updates.ts'
import { readViber } from './viber.ts'
import { readVk } from './vk.ts'
import { readWhatsApp } from './whatsapp.ts'

const FAMILY = '👨‍👩‍👧‍👦', LONG = 'я'.repeat(60_000)

describe('a text is read as it is, emoji alone and of any length', () => {
  it.each([['emoji', FAMILY.repeat(3)], ['long', LONG]])('%s', (_, text) => {
    expect(readUpdate({ update_id: 1, message: { message_id: 1, date: 1, chat: { id: 7, type: 'private' }, from: { id: 7 }, text } })).toMatchObject({ text })
    expect(readWhatsApp({ message: { id: 'w', from: '358401234567', timestamp: '1', type: 'text', text: { body: text } }, contacts: [] })).toMatchObject({ text })
    expect(readFacebook({ page: '5', event: { sender: { id: '9' }, recipient: { id: '5' }, timestamp: 1, message: { mid: 'm', text } } })).toMatchObject({ text })
    expect(readVk({ type: 'message_new', object: { message: { id: 1, peer_id: 7, date: 1, text } } })).toMatchObject({ text })
    expect(readViber({ event: 'message', timestamp: 1, message_token: '1', sender: { id: 'v' }, message: { type: 'text', text } })).toMatchObject({ text })
  })
})

it('a sticker is one, in every channel', () => {
  const sticker = (reference: string) => ({ media: [expect.objectContaining({ kind: 'sticker', reference }) as unknown] })
  expect(readUpdate({ update_id: 1, message: { message_id: 1, date: 1, chat: { id: 7, type: 'private' }, from: { id: 7 }, sticker: { file_id: 'st', emoji: '😺' } } })).toMatchObject(sticker('st'))
  expect(readWhatsApp({ message: { id: 'w', from: '358401234567', timestamp: '1', type: 'sticker', sticker: { id: 'st', mime_type: 'image/webp' } }, contacts: [] })).toMatchObject(sticker('st'))
  expect(readFacebook({ page: '5', event: { sender: { id: '9' }, timestamp: 1, message: { mid: 'm', sticker_id: 369, attachments: [{ type: 'image', payload: { url: 'https://a.fbcdn.net/s', sticker_id: 369 } }] } } })).toMatchObject(sticker('https://a.fbcdn.net/s'))
  expect(readVk({ type: 'message_new', object: { message: { id: 1, peer_id: 7, date: 1, text: '', attachments: [{ type: 'sticker', sticker: { images: [{ url: 'https://vk.com/64', width: 64, height: 64 }, { url: 'https://vk.com/512', width: 512, height: 512 }] } }] } } })).toMatchObject(sticker('https://vk.com/512'))
  expect(readViber({ event: 'message', timestamp: 1, message_token: '1', sender: { id: 'v' }, message: { type: 'sticker', media: 'https://dl.viber.com/s.png', sticker_id: 1 } })).toMatchObject(sticker('https://dl.viber.com/s.png'))
})

it('what is no file stays as a link', () => {
  const vk = (attachments: object[], more: object = {}) => readVk({ type: 'message_new', object: { message: { id: 1, peer_id: 7, date: 1, text: '', attachments, ...more } } })
  expect(vk([{ type: 'video', video: { owner_id: -5, id: 9, title: 'Дверь' } }])).toMatchObject({ text: '📎 Дверь https://vk.com/video-5_9', media: [] })
  expect(vk([{ type: 'link', link: { url: 'https://shop.example/1', title: 'Shop' } }])).toMatchObject({ text: '📎 Shop https://shop.example/1' })
  expect(vk([{ type: 'wall', wall: { from_id: -5, to_id: -5, id: 3, text: 'Sale' } }], { text: 'Is it still so?' })).toMatchObject({ text: 'Is it still so?\n📎 Sale https://vk.com/wall-5_3' })
  expect(vk([{ type: 'wall_reply', wall_reply: { owner_id: -5, post_id: 3, id: 4 } }])).toMatchObject({ text: '📎 https://vk.com/wall-5_3?reply=4' })
  expect(vk([{ type: 'market', market: { owner_id: -5, id: 8, title: 'Door' } }, { type: 'hologram' }])).toMatchObject({ text: '📎 Door https://vk.com/product-5_8\n📎 hologram' })
  expect(vk([], { fwd_messages: [{ text: 'said before', attachments: [{ type: 'poll', poll: { owner_id: 1, id: 2, question: 'Which?' } }] }] })).toMatchObject({ text: '↪ said before\n📎 Which? https://vk.com/poll1_2' })
  const viber = (message: object) => readViber({ event: 'message', timestamp: 1, message_token: '1', sender: { id: 'v' }, message })
  expect(viber({ type: 'url', media: 'https://shop.example/1' })).toMatchObject({ text: 'https://shop.example/1', media: [] })
  expect(viber({ type: 'url', media: 'https://shop.example/1', text: 'Look' })).toMatchObject({ text: 'Look\nhttps://shop.example/1' })
})

it('edits and deletions are of their message, where the channel tells them', () => {
  expect(readUpdate({ update_id: 2, edited_message: { message_id: 1, date: 1, edit_date: 2, chat: { id: 7, type: 'private' }, from: { id: 7 }, text: 'b' } })).toMatchObject({ kind: 'edit', of: '1', text: 'b' })
  expect(readWhatsApp({ message: { id: 'w2', from: '358401234567', timestamp: '1', type: 'edit', edit: { original_message_id: 'w', message: { text: { body: 'b' } } } }, contacts: [] })).toMatchObject({ kind: 'edit', of: 'w', text: 'b' })
  expect(readVk({ type: 'message_edit', object: { id: 1, peer_id: 7, date: 1, update_time: 2, text: 'b' } })).toMatchObject({ kind: 'edit', of: '1', text: 'b' })
  expect(readWhatsApp({ message: { id: 'w3', from: '358401234567', timestamp: '1', type: 'revoke', revoke: { original_message_id: 'w' } }, contacts: [] })).toMatchObject({ kind: 'delete', of: 'w' })
  expect(readFacebook({ page: '5', event: { sender: { id: '9' }, timestamp: 1, message: { mid: 'm', is_deleted: true } } })).toMatchObject({ kind: 'delete', of: 'm' })
  const gone = { update_id: 3, deleted_business_messages: { chat: { id: 7, type: 'private', first_name: 'Aino' }, message_ids: [1, 2] } }
  expect(partsOf(gone).map(readUpdate)).toMatchObject([{ kind: 'delete', of: '1', conversation: '7' }, { kind: 'delete', of: '2', conversation: '7' }])
  expect(readUpdate({ update_id: 4, deleted_business_messages: { chat: { id: -7, type: 'group' }, message_ids: [1] } })).toBeNull()
})

it('talks of many are left alone, whatever happens in them', () => {
  for (const chat of [{ id: -100, type: 'group' }, { id: -1_001_234_567_890, type: 'supergroup' }, { id: -1_009, type: 'channel' }]) {
    const message = { message_id: 1, date: 1, chat, from: { id: 7 }, text: 'hi' }
    expect(readUpdate({ update_id: 1, message })).toBeNull()
    expect(readUpdate({ update_id: 2, edited_message: message })).toBeNull()
    expect(readUpdate({ update_id: 3, callback_query: { id: 'c', from: { id: 7 }, data: 'x', message } })).toBeNull()
    expect(readUpdate({ update_id: 4, my_chat_member: { chat, from: { id: 7 }, new_chat_member: { status: 'kicked' } } })).toBeNull()
    expect(readUpdate({ update_id: 5, message: { ...message, migrate_to_chat_id: -5, text: undefined } as never })).toBeNull()
  }
  expect(readVk({ type: 'message_new', object: { message: { id: 1, peer_id: 2_000_000_001, date: 1, text: 'hi' } } })).toBeNull()
})

it('what the owner of a business account writes himself is no message of his client', () => {
  const chat = { id: 7, type: 'private', first_name: 'Aino' }
  expect(readUpdate({ update_id: 1, business_message: { message_id: 1, date: 1, chat, from: { id: 99, first_name: 'Owner' }, text: 'hi' } })).toMatchObject({ kind: 'echo', conversation: '7', from: { externalId: '7', name: 'Aino' } })
  expect(readUpdate({ update_id: 1, business_message: { message_id: 2, date: 1, chat, from: { id: 7, first_name: 'Aino' }, text: 'hei' } })!.kind).toBeUndefined()
})

it('a long text is sent in pieces that cut no sign', () => {
  for (const text of [FAMILY.repeat(900), '🇫🇮'.repeat(3_000), 'e\u0301'.repeat(5_000), LONG]) {
    const all = pieces(text, 4_096)
    expect(all.join('')).toBe(text)
    expect(Math.max(...all.map((piece) => piece.length))).toBeLessThanOrEqual(4_096)
    for (const sign of [FAMILY, '🇫🇮', 'e\u0301'].filter((one) => text.startsWith(one))) expect(all.every((piece) => piece.length % sign.length === 0)).toBe(true)
  }
  expect(pieces('one two three', 8)).toEqual(['one two', 'three'])
})
