import { sql } from 'kysely'
import type { Engine } from '../records/engine.ts'
import { sameColumn } from '../records/stored.ts'
import { formulaColumns } from './formulas.ts'
import type { Row } from './generation.ts'

const BATCH = 500

/**
 * Works the formulas of an object out anew for all its records: after a formula was made or changed. It is no change of a
 * record, so neither versions nor histories know of it. May run any number of times.
 * @returns how many records were changed
 */
export async function recompute(engine: Engine, name: string, signal?: AbortSignal): Promise<number> {
  let changed = 0
  for (let after: string | null = null; ;) {
    signal?.throwIfAborted()
    await engine.live.refresh()
    const generation = engine.live.current
    const object = generation.model.objects.get(name)
    if (!object?.formulas.length) return changed
    const columns = object.formulas.flatMap((f) => f.columns)
    const last = await engine.db.transaction().execute(async (trx): Promise<string | null> => {
      const { rows } = await sql<Row>`select * from core.${sql.id(object.table)} where ${after === null ? sql`true` : sql`id > ${after}`} order by id limit ${sql.lit(BATCH)} for no key update`.execute(trx)
      const now = new Date()
      const news = rows.flatMap((row) => {
        const next = { ...row }
        for (const field of object.formulas) Object.assign(next, formulaColumns(generation, object, field, next, now))
        return columns.some((c) => !sameColumn(next[c.name], row[c.name])) ? [Object.fromEntries(['id', ...columns.map((c) => c.name)].map((column) => [column, next[column]]))] : []
      })
      if (news.length) {
        await sql`update core.${sql.id(object.table)} t set ${sql.join(columns.map((c) => sql`${sql.id(c.name)} = n.${sql.id(c.name)}`))}
          from jsonb_to_recordset(${JSON.stringify(news)}::jsonb) as n (id uuid, ${sql.join(columns.map((c) => sql`${sql.id(c.name)} ${sql.raw(c.type)}`))}) where t.id = n.id`.execute(trx)
      }
      changed += news.length
      return rows.length === BATCH ? rows.at(-1)!.id : null
    })
    if (last === null) return changed
    after = last
  }
}
