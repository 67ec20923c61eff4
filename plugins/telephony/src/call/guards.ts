import { InputError, NotAllowedError, type GuardRecord } from '@kartotek/sdk'
import { say } from '../messages.ts'
import type { Ctx } from '../settings.ts'

/** What people may change of a call: what they know better than the exchange. */
const OF_PEOPLE = new Set(['note', 'client', 'contact', 'order', 'team', 'archivedAt', 'version', 'updatedAt', 'updatedBy'])

const isPerson = ({ actor }: Ctx): boolean => actor.kind === 'user' || actor.kind === 'token'

/** A call that somebody typed in would look like a real one; of such there are entries of the timeline. */
export function guardBrought(_records: GuardRecord[], ctx: Ctx): void {
  if (isPerson(ctx)) throw new NotAllowedError(say(ctx, 'Calls are written by telephony only; write down your own on the timeline.'))
}

export function guardChanged(records: GuardRecord[], ctx: Ctx): void {
  if (!isPerson(ctx)) return
  for (const { before, after, lists = [] } of records) {
    const changed = [...lists, ...Object.keys({ ...before, ...after })].find((key) => lists.includes(key) || (!OF_PEOPLE.has(key) && !key.startsWith('custom') && JSON.stringify(before?.[key] ?? null) !== JSON.stringify(after?.[key] ?? null)))
    if (changed) throw new NotAllowedError(say(ctx, 'What telephony told of a call stays as it is; write a note instead.'), { field: changed })
  }
}

/** Who calls nobody back says why. */
export function guardDone(records: GuardRecord[], ctx: Ctx): void {
  if (!isPerson(ctx)) return
  for (const { before, after } of records) {
    const missed = after?.['telephony.missedCall'] ?? (after?.telephony as { missedCall?: string } | undefined)?.missedCall
    if (missed && after?.state === 'done' && before?.state !== 'done' && !String(after.result ?? '').trim()) {
      const message = say(ctx, 'Say in the result why nobody needs to be called back.')
      throw new InputError(message, [{ field: 'result', rule: 'required', message }])
    }
  }
}
