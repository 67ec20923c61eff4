import { sql, type Kysely } from 'kysely'
import { UUID } from '../facts/uuid.ts'
import type { ObjectModel } from '../model/model.ts'
import { isMatched } from './kinds.ts'

/** The record that this one became part of, through however many merges; null where it was not merged, or came back. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export async function winnerOf(db: Kysely<any>, object: ObjectModel, id: string): Promise<string | null> {
  if (!isMatched(object.name) || !UUID.test(id)) return null
  const { rows } = await sql<{ id: string }>`with recursive led (id, step) as (
      select winner_id, 1 from core.merge where loser_id = ${id} and object = ${object.name} and undone_at is null
        and not exists (select from core.${sql.id(object.table)} r where r.id = ${id} and r.trashed_at is null)
      union all select m.winner_id, led.step + 1 from led join core.merge m on m.loser_id = led.id and m.undone_at is null where led.step < 100)
    select id from led order by step desc limit 1`.execute(db)
  return rows[0]?.id ?? null
}
