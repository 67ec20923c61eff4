import { NotFoundError, type PluginContext } from '@kartotek/sdk'
import { idOf } from '../conversations/records.ts'
import { say } from '../messages.ts'

export const MOST_FILES = 10

/**
 * What a message says of the files that go out with it; null where there are none.
 * @throws NotFoundError for what is no file of its conversation, as far as the caller sees
 */
export async function mediaOf(files: readonly string[], conversation: string, ctx: PluginContext): Promise<string | null> {
  const media = await Promise.all(files.map(async (id) => {
    const file = await ctx.records.get('file', id, ['name', 'subject'])
    if (idOf(file?.subject) !== conversation) throw new NotFoundError(say(ctx, 'There is no such file at this conversation.'), { id })
    return { kind: 'document', name: String(file!.name), file: id }
  }))
  return media.length ? JSON.stringify(media) : null
}

/** Whether it is what {@link mediaOf} says: the message is sent with the plugin's rights, which see all files. */
export async function isMedia(text: unknown, conversation: string, ctx: PluginContext): Promise<boolean> {
  if (text === null || text === undefined) return true
  const files = (parsed(text) as { file?: unknown }[] | null)?.map?.((one) => one?.file)
  return Array.isArray(files) && files.length <= MOST_FILES && files.every((id) => typeof id === 'string') && await mediaOf(files, conversation, ctx) === text
}

/** Whether it is a template as messengersSend takes it. */
export function isTemplate(text: unknown): boolean {
  if (text === null || text === undefined) return true
  const { name, language, values } = (parsed(text) ?? {}) as { name?: unknown, language?: unknown, values?: unknown }
  return typeof name === 'string' && typeof language === 'string' && Array.isArray(values) && values.every((value) => typeof value === 'string')
}

function parsed(text: unknown): unknown {
  try { return JSON.parse(String(text)) } catch { return null }
}
