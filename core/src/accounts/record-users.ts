import type { Caller, CoreContext } from '../access/caller.ts'
import type { Database } from '../database/index.ts'
import { objectOf } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { writeRecords } from '../records/write/batch.ts'
import type { WriteItem } from '../records/write/draft.ts'
import { write } from '../records/write/writing.ts'
import { SYSTEM, type UserDirectory } from './deps.ts'
import { sqlUsers } from './sql-users.ts'

/**
 * User records by the record engine: validation, guards, audit trail and events. Accounts have checked the right, so it
 * writes as the system; the person who did it is kept as author.
 */
export function recordUsers(engine: Engine, db: Pick<Database, 'pool'>): UserDirectory {
  async function writeUser(item: WriteItem & { op: 'create' | 'update' }, ctx: CoreContext | undefined): Promise<string> {
    const caller: Caller = {
      ...ctx?.caller, origin: ctx?.caller.origin ?? 'system',
      actor: { ...SYSTEM, userId: ctx?.actor.userId ?? null, name: ctx?.actor.name ?? SYSTEM.name, locale: ctx?.actor.locale ?? SYSTEM.locale },
    }
    const { result: [result] } = await write(engine, caller, { summary: { key: item.op === 'create' ? 'invitation' : 'account' } },
      (w) => writeRecords(w, objectOf(w.generation.model, 'user'), [item]))
    if (!result?.ok) throw result?.error ?? new Error('a user record was not written')
    return result.id
  }
  const { get, findByEmail } = sqlUsers(db)
  return {
    get, findByEmail,
    create: async (input, ctx) => ({ id: await writeUser({ op: 'create', input }, ctx) }),
    async update(id, input, ctx) { await writeUser({ op: 'update', id, input }, ctx) },
  }
}
