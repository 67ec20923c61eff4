import { NotAllowedError, type PluginContext } from '@kartotek/sdk'
import { idOf } from '../conversations/records.ts'
import { say } from '../messages.ts'

/** What a message is for, where nobody says otherwise: work on what the person asked for. One of the purposes that every company begins with. */
export const SERVICE = 'service'

const TEXTS = {
  doNotContact: 'This person asked not to be written to.',
  noConsent: 'This person has given no consent to messages for the purpose “{purpose}”.',
  withdrawn: 'This person has withdrawn the consent to messages for the purpose “{purpose}”.',
} as const
export type Refusal = keyof typeof TEXTS
/** A conversation, as far as it names `client` and `contact`. */
type Written = Record<string, unknown>

/** @throws NotAllowedError that names the consent that lacks */
export async function mayWrite(conversation: Written, purpose: string, ctx: PluginContext): Promise<void> {
  const reason = await refusalFor(conversation, purpose, ctx)
  if (reason) throw new NotAllowedError(say(ctx, TEXTS[reason], { purpose }), { reason, channel: 'messenger', purpose })
}

/**
 * Why the person, or his client where no person is named, must not be written to for this purpose; null where he may be. What one may
 * not ask, the job asks.
 */
export async function refusalFor(conversation: Written, purpose: string, ctx: PluginContext): Promise<Refusal | null> {
  const [object, id] = idOf(conversation.contact) ? ['contact', idOf(conversation.contact)] : ['client', idOf(conversation.client)]
  // Of nobody who is known there is no consent; what serves his own request needs none.
  if (!id) return purpose === SERVICE ? null : 'noConsent'
  const [may] = await ctx.records.mayContact(object!, [id], 'messenger', purpose).catch(() => [])
  if (may?.reason === 'erased') return 'doNotContact'
  return may?.reason && may.reason !== 'unknown' ? may.reason : null
}
