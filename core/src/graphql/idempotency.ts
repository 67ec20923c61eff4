import { createHash } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { GraphQLResolveInfo } from 'graphql'
import { InputError } from '@kartotek/sdk'
import type { RequestContext } from './context.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** Claims an idempotency key in the transaction of the work, and keeps the result there: both stand or neither. */
export interface Claim {
  /** First statement of the transaction. A request with the same key at the same time waits here for this one. */
  begin(trx: Db): Promise<void>
  keep(trx: Db, result: object): Promise<void>
}

class Replayed extends Error {
  readonly result: unknown
  constructor(result: unknown) {
    super('replayed')
    this.result = result
  }
}

const NO_CLAIM: Claim = { begin: async () => undefined, keep: async () => undefined }

/**
 * Runs a mutation once for an `Idempotency-Key`: a repetition within 48 hours gives the stored result.
 * @throws InputError where the key was used with another input
 */
export async function idempotent<T extends object>(ctx: RequestContext, info: Pick<GraphQLResolveInfo, 'path'>, args: unknown, work: (claim: Claim) => Promise<T>): Promise<T> {
  const key = ctx.caller.idempotencyKey
  if (!key) return work(NO_CLAIM)
  if (key.length > 200) throw new InputError('An Idempotency-Key has at most 200 characters.')
  const actor = `${ctx.actor.kind}:${ctx.actor.id}`
  const field = String(info.path.key)
  const hash = createHash('sha256').update(JSON.stringify([field, args])).digest('hex')
  const mine = sql`actor = ${actor} and key = ${key} and field = ${field}`
  const claim: Claim = {
    async begin(trx) {
      await sql`delete from core.idempotency where ${mine} and at < now() - interval '48 hours'`.execute(trx)
      const claimed = await sql`insert into core.idempotency (actor, key, field, request_hash, result) values (${actor}, ${key}, ${field}, ${hash}, 'null')
        on conflict do nothing returning 1`.execute(trx)
      if (claimed.rows.length) return
      const { rows } = await sql<{ request_hash: string, result: T }>`select request_hash, result from core.idempotency where ${mine}`.execute(trx)
      if (rows[0]!.request_hash !== hash) {
        throw new InputError('This Idempotency-Key was used with another input.', [{ field: 'Idempotency-Key', rule: 'unique', message: 'Use a new key for a new input.' }])
      }
      throw new Replayed(rows[0]!.result)
    },
    async keep(trx, result) {
      await sql`update core.idempotency set result = ${JSON.stringify(result)} where ${mine}`.execute(trx)
    },
  }
  try {
    return await work(claim)
  } catch (error) {
    if (error instanceof Replayed) return error.result as T
    throw error
  }
}
