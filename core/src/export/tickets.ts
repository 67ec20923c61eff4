import { randomUUID } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { Caller } from '../access/caller.ts'
import { UUID } from '../facts/uuid.ts'
import type { ExportRequest } from './export.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

const MINUTES = 15

/** Notes what was asked for, to be fetched once by the same caller. @returns the id that the address of the file has */
export async function keepTicket(db: Db, { actor }: Caller, request: ExportRequest): Promise<string> {
  const id = randomUUID()
  await sql`insert into core.export_ticket (id, user_id, actor_id, request) values (${id}, ${actor.userId}, ${actor.id}, ${JSON.stringify(request)})`.execute(db)
  return id
}

/** What the caller asked for; null where it is somebody else's, too old, or was fetched already. */
export async function takeTicket(db: Db, { actor }: Caller, id: string): Promise<ExportRequest | null> {
  if (!UUID.test(id)) return null
  const { rows } = await sql<{ request: ExportRequest }>`update core.export_ticket set used_at = now()
    where id = ${id} and actor_id = ${actor.id} and user_id is not distinct from ${actor.userId}::uuid and used_at is null
      and created_at > now() - make_interval(mins => ${MINUTES}) returning request`.execute(db)
  return rows[0]?.request ?? null
}

export async function removeOldTickets(db: Db): Promise<void> {
  await sql`delete from core.export_ticket where created_at < now() - interval '1 day'`.execute(db)
}
