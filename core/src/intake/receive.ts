import { sql } from 'kysely'
import { DuplicateError, DomainError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import type { Engine } from '../records/engine.ts'
import { withSystemEyes } from '../records/write/system-eyes.ts'
import { write } from '../records/write/writing.ts'
import { keepDecisions, keepRepetition } from './decisions.ts'
import { put } from './item.ts'
import { secondsOf } from './seconds.ts'

/** Something that came in, as its channel understood it. */
export interface Incoming {
  channel: string
  source?: string | null
  /** The number that the source gives it: the same one is never taken twice. */
  externalId?: string | null
  /** Default: now. */
  receivedAt?: string | null
  person?: string | null
  company?: string | null
  taxId?: string | null
  points?: readonly { kind: string, value: string }[] | null
  text?: string | null
  amount?: { amount: string, currency?: string | null } | null
  region?: string | null
  /** Of a call: how long it was; 0: nobody answered. Default: what a field of this name says. */
  seconds?: number | null
  values?: readonly { name: string, value?: string | null }[] | null
  utmSource?: string | null
  utmMedium?: string | null
  utmCampaign?: string | null
  utmTerm?: string | null
  utmContent?: string | null
  page?: string | null
  referer?: string | null
  custom?: Record<string, unknown> | null
  /** All of it, as it came. */
  raw?: string | null
}

export interface Receipt { id: string, repeated: boolean }

/**
 * Keeps what came in. The same delivery once more, at the same time or later, gives the item that is there already. It is
 * kept by the right to hand in, whatever else the caller may do with items.
 * @param trap a robot filled it in: it is kept as spam
 */
export async function receive(engine: Engine, caller: Caller, incoming: Incoming, trap = false): Promise<Receipt> {
  const key = deliveryKey(incoming)
  for (let attempt = 1; ; attempt++) {
    const there = key ? await itemOf(engine, key) : null
    if (there) {
      await keepRepetition(engine.db, there)
      return { id: there, repeated: true }
    }
    try {
      const { result } = await write(engine, caller, { summary: { key: 'intakeReceived' } }, async (w) => {
        const input = Object.fromEntries(Object.entries({ ...incoming, seconds: incoming.seconds ?? secondsOf(incoming) }).filter(([, value]) => value !== null && value !== undefined))
        const id = await put(withSystemEyes(w), 'intakeItem', { op: 'create', input: { ...input, owner: null, state: trap ? 'spam' : 'new' } })
        await keepDecisions(w.db, id, [{ code: 'received' }, ...trap ? [{ code: 'trap' as const }] : []])
        return id
      })
      return { id: result, repeated: false }
    } catch (error) {
      // Somebody delivered it at the same moment.
      if (!key || attempt > 2 || !isDuplicate(error)) throw error
    }
  }
}

/** What one delivery is known by; null where its source gave it no number. */
export function deliveryKey({ channel, source, externalId }: Pick<Incoming, 'channel' | 'source' | 'externalId'>): string | null {
  return externalId ? JSON.stringify([channel, source ?? '', externalId]) : null
}

async function itemOf(engine: Engine, key: string): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`select id from core.intake_item where delivery_key = ${key} and trashed_at is null`.execute(engine.db)
  return rows[0]?.id ?? null
}

function isDuplicate(error: unknown): boolean {
  if (error instanceof DuplicateError || (error instanceof DomainError && error.code === 'DUPLICATE')) return true
  for (let cause = error; cause instanceof Error; cause = cause.cause) if ((cause as { code?: unknown }).code === '23505') return true
  return false
}
