import { setTimeout as sleep } from 'node:timers/promises'
import { DomainError, type PluginContext } from '@kartotek/sdk'
import { SendFailure, type MessageMedia } from '@kartotek/sdk/contracts'
import { channelOf } from '../channels/channels.ts'
import { idOf, revise } from '../conversations/records.ts'

type Kept = MessageMedia & { file?: string, refused?: string }

const ENDINGS: Record<string, string> = { image: 'jpg', video: 'mp4', audio: 'mp3', voice: 'ogg', document: 'bin', sticker: 'webp' }

/** Gets what came with a message and keeps it as files of the conversation. What cannot be had is named, with the reason. */
export async function fetchMedia(id: string, ctx: PluginContext): Promise<void> {
  const message = await ctx.records.get('message', id, ['media', 'conversation'])
  const conversation = message && await ctx.records.get('conversation', idOf(message.conversation)!, ['channel'])
  const channel = conversation && channelOf(ctx, String(conversation.channel))
  if (!message?.media || !conversation || !channel?.media) return
  const all = JSON.parse(String(message.media)) as Kept[]
  for (const [i, one] of all.entries()) {
    if (one.file || one.refused || !one.reference) continue
    const kept = await keep(ctx, channel.media.bind(channel), conversation.id, id, i, one)
    await revise(ctx, 'message', id, (now) => {
      const list = JSON.parse(String(now.media)) as Kept[]
      list[i] = { ...list[i]!, ...kept }
      return { media: JSON.stringify(list) }
    })
  }
}

async function keep(ctx: PluginContext, get: (reference: string) => Promise<{ content: NodeJS.ReadableStream, name: string | null }>, conversation: string, message: string, index: number, media: Kept): Promise<Partial<Kept>> {
  // Kept before, and not written down.
  const mark = `${message}#${index}`
  const { nodes: [there] } = await ctx.records.list('file', { filter: { subject: { id: { eq: conversation } }, note: { eq: mark } }, fields: ['name'], first: 1 })
  if (there) return { file: there.id }
  for (let attempt = 1; ; attempt++) {
    try {
      const { content, name } = await get(media.reference)
      const named = (media.name ?? name ?? `${media.kind}.${ENDINGS[media.kind]}`).slice(0, 200)
      const { id } = await ctx.files.attach({ object: 'conversation', id: conversation }, { name: named, content: content as never })
      await ctx.records.update('file', id, { note: mark })
      return { file: id, name: named }
    } catch (error) {
      if (error instanceof SendFailure && error.reason === 'temporary') {
        if (attempt > 2) throw error
        await sleep((error.retryAfterSeconds ?? attempt) * 1000, undefined, { signal: ctx.signal })
      } else if (error instanceof SendFailure || error instanceof DomainError) return { refused: error.message.slice(0, 300) }
      else throw error
    }
  }
}
