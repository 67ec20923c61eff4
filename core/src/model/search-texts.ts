import { sql } from 'kysely'
import { searchedColumns } from '../records/search.ts'
import { Draft } from '../records/write/draft.ts'
import { searchOf } from '../records/write/search-column.ts'
import type { Engine } from '../records/engine.ts'
import type { Row } from './generation.ts'

const BATCH = 500

/**
 * Writes the search texts of records anew whose objects are searched in other fields than when they were written: a field or
 * list was hidden, came back, or is searched by now. It is no change of a record, so neither versions nor histories know of
 * it. May be cut off anywhere and run any number of times.
 * @returns how many records were changed
 */
export async function refreshSearchTexts(engine: Engine, signal?: AbortSignal): Promise<number> {
  const { rows } = await sql<{ object: string, searched: string }>`select object, searched from core.search_text`.execute(engine.db)
  const known = new Map(rows.map((row) => [row.object, row.searched]))
  let changed = 0
  for (const { name, partOf } of engine.live.current.model.objects.values()) {
    const searched = partOf.length ? '' : searchedIn(engine, name)
    if (!searched || known.get(name) === searched) continue
    changed += await refreshObject(engine, name, signal)
    // What it was when this began: where the model went on meanwhile, the next run sees it.
    await sql`insert into core.search_text (object, searched) values (${name}, ${searched}) on conflict (object) do update set searched = excluded.searched, done_at = now()`.execute(engine.db)
  }
  return changed
}

function searchedIn({ live: { current: { model } } }: Engine, name: string): string {
  const object = model.objects.get(name)
  return object ? JSON.stringify(searchedColumns(model, object)) : ''
}

async function refreshObject(engine: Engine, name: string, signal?: AbortSignal): Promise<number> {
  let changed = 0
  for (let after: string | null = null; ;) {
    signal?.throwIfAborted()
    await engine.live.refresh()
    const generation = engine.live.current
    const object = generation.model.objects.get(name)
    if (!object) return changed
    const last = await engine.db.transaction().execute(async (trx): Promise<string | null> => {
      const { rows } = await sql<Row>`select * from core.${sql.id(object.table)} where ${after === null ? sql`true` : sql`id > ${after}`} order by id limit ${sql.lit(BATCH)} for no key update`.execute(trx)
      const texts = await searchOf({ db: trx, generation }, object, rows.map((row) => new Draft(object, { op: 'update', id: row.id, input: {} }, row, false)))
      const news = [...texts].flatMap(([{ row: { id, search: before } }, search]) => (search === before ? [] : [{ id, search }]))
      if (news.length) await sql`update core.${sql.id(object.table)} r set search = n.search from jsonb_to_recordset(${JSON.stringify(news)}::jsonb) as n (id uuid, search text) where r.id = n.id`.execute(trx)
      changed += news.length
      return rows.length === BATCH ? rows.at(-1)!.id : null
    })
    if (last === null) return changed
    after = last
  }
}
