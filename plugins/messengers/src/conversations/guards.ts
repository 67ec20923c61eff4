import { isDeepStrictEqual } from 'node:util'
import { NotAllowedError, type GuardRecord, type PluginContext } from '@kartotek/sdk'
import { isMedia, isTemplate } from '../outgoing/attachments.ts'
import { idOf, keyOf } from './records.ts'
import { say } from '../messages.ts'

/** What people may say of a conversation; all else is told by its channel. */
const OF_PEOPLE = new Set(['state', 'owner', 'team', 'client', 'contact', 'request', 'name', 'readAt', 'unread', 'version', 'updatedAt', 'updatedBy', 'archivedAt', 'trashedAt'])

const isOwn = ({ actor, plugin }: PluginContext): boolean => actor.kind === 'system' || (actor.kind === 'plugin' && actor.id === plugin)

export function guardConversationCreate(_records: GuardRecord[], ctx: PluginContext): void {
  if (!isOwn(ctx)) throw new NotAllowedError(say(ctx, 'A conversation begins when somebody writes, or when a message is sent (messengersSend).'))
}

export function guardConversationUpdate(records: GuardRecord[], ctx: PluginContext): void {
  if (isOwn(ctx)) return
  for (const { before, after } of records) {
    const changed = Object.keys(after ?? {}).find((key) => !OF_PEOPLE.has(key) && key !== 'custom' && !isDeepStrictEqual(before?.[key] ?? null, after?.[key] ?? null))
    if (changed) throw new NotAllowedError(say(ctx, 'What the channel tells of a conversation is not changed by hand.'), { field: changed })
    if (before?.unread !== after?.unread && after?.unread !== 0) throw new NotAllowedError(say(ctx, 'A conversation can only be marked as read.'), { field: 'unread' })
  }
}

/** Written by channels and by those who send: not by who begins a message. */
const LATER = ['externalId', 'editedAt', 'deletedAt', 'edits', 'failure', 'failureText']

/** People write messages that wait to be sent, and no others: nobody can put words into another's mouth, or send what he does not see. */
export async function guardMessageCreate(records: GuardRecord[], ctx: PluginContext): Promise<void> {
  if (isOwn(ctx)) return
  for (const { after } of records) {
    const begins = keyOf(after?.direction) === 'out' && keyOf(after?.state) === 'queued' && String(after?.key ?? '').startsWith('out:') && !after?.attempts && LATER.every((key) => after?.[key] == null)
    if (!begins || !isTemplate(after?.template) || !await isMedia(after?.media, String(idOf(after?.conversation)), ctx)) throw new NotAllowedError(say(ctx, 'A message that is written here is one to be sent: use messengersSend.'))
  }
}

export function guardMessageUpdate(_records: GuardRecord[], ctx: PluginContext): void {
  if (!isOwn(ctx)) throw new NotAllowedError(say(ctx, 'What was written and sent is not changed.'))
}
