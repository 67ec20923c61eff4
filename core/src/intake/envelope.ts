import { isDeepStrictEqual } from 'node:util'
import { NotAllowedError, type GuardRecord, type PluginContext } from '@kartotek/sdk'
import { ENVELOPE } from './intake-objects.ts'

/** What came in stays as it came. */
export function guardEnvelope(records: GuardRecord[]): void {
  for (const { before, after } of records) {
    const changed = ENVELOPE.find((key) => !isDeepStrictEqual(before?.[key] ?? null, after?.[key] ?? null))
    if (changed) throw new NotAllowedError('What came in stays as it came; only what was understood of it can be corrected.', { field: changed })
  }
}

/** Requests are declined, not deleted: only the system itself removes them, where the law wants it. */
export function guardKept(_records: GuardRecord[], { actor }: PluginContext): void {
  if (actor.kind !== 'system') throw new NotAllowedError('Requests are kept: decline it, or mark it as spam.')
}
