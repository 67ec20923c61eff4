import { createHash } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { GraphQLResolveInfo } from 'graphql'
import { ConflictError, InputError } from '@kartotek/sdk'
import type { RequestContext } from './context.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** Claims an idempotency key in the transaction of the work, and keeps the result there: both stand or neither. */
export interface Claim {
  /** First statement of the transaction. A request with the same key at the same time waits here for this one. */
  begin(trx: Db): Promise<void>
  keep(trx: Db, result: object): Promise<void>
  /** Gives the key back: nothing was done. */
  drop(trx: Db): Promise<void>
}

class Replayed extends Error {
  readonly result: unknown
  constructor(result: unknown) {
    super('replayed')
    this.result = result
  }
}

const NO_CLAIM: Claim = { begin: async () => undefined, keep: async () => undefined, drop: async () => undefined }

type Asked = Pick<GraphQLResolveInfo, 'path' | 'fieldName'>

/**
 * Runs a mutation once for an `Idempotency-Key`: a repetition within 48 hours gives the stored result.
 * @throws InputError where the key was used with another input
 */
export async function idempotent<T extends object>(ctx: RequestContext, info: Asked, args: unknown, work: (claim: Claim) => Promise<T>): Promise<T> {
  try {
    return await work(claimOf(ctx, info, args))
  } catch (error) {
    if (error instanceof Replayed) return error.result as T
    throw error
  }
}

/**
 * The same for a mutation that writes in its own transactions, or outside of the database: the key is claimed before. Its
 * result is not kept (it may hold a secret, or what is not the caller's any more), so a repetition only hears that it was done.
 * @throws ConflictError for a repetition, InputError where the key was used with another input
 */
export async function atMostOnce<T>(ctx: RequestContext, info: Asked, args: unknown, work: () => Promise<T>): Promise<T> {
  const { db } = ctx.engine
  const claim = claimOf(ctx, info, args)
  try {
    await claim.begin(db)
  } catch (error) {
    if (!(error instanceof Replayed)) throw error
    const done = error.result as { changeSets: string[] } | null
    if (done) throw new ConflictError('This was done already with this Idempotency-Key.', { done: true, changeSets: done.changeSets })
    throw new ConflictError('A request with this Idempotency-Key is in progress, or broke off. Look whether it was done.', { done: false })
  }
  const before = ctx.changeSets.length
  const result = await work().catch(async (error: unknown) => {
    await claim.drop(db)
    throw error
  })
  await claim.keep(db, { changeSets: ctx.changeSets.slice(before) })
  return result
}

function claimOf(ctx: RequestContext, info: Asked, args: unknown): Claim {
  const key = ctx.caller.idempotencyKey
  if (!key) return NO_CLAIM
  if (key.length > 200) throw new InputError('An Idempotency-Key has at most 200 characters.')
  const actor = `${ctx.actor.kind}:${ctx.actor.id}`
  const field = String(info.path.key)
  const hash = createHash('sha256').update(JSON.stringify([info.fieldName, field, args])).digest('hex')
  const mine = sql`actor = ${actor} and key = ${key} and field = ${field}`
  return {
    async begin(trx) {
      await sql`delete from core.idempotency where ${mine} and at < now() - interval '48 hours'`.execute(trx)
      const claimed = await sql`insert into core.idempotency (actor, key, field, request_hash, result) values (${actor}, ${key}, ${field}, ${hash}, 'null')
        on conflict do nothing returning 1`.execute(trx)
      if (claimed.rows.length) return
      const { rows } = await sql<{ request_hash: string, result: unknown }>`select request_hash, result from core.idempotency where ${mine}`.execute(trx)
      if (rows[0]!.request_hash !== hash) {
        throw new InputError('This Idempotency-Key was used with another input.', [{ field: 'Idempotency-Key', rule: 'unique', message: 'Use a new key for a new input.' }])
      }
      throw new Replayed(rows[0]!.result)
    },
    async keep(trx, result) {
      await sql`update core.idempotency set result = ${JSON.stringify(result)} where ${mine}`.execute(trx)
    },
    async drop(trx) {
      await sql`delete from core.idempotency where ${mine}`.execute(trx)
    },
  }
}
