import { sql, type Kysely } from 'kysely'
import { columnOf, objectOf, type Model, type ObjectModel } from '../../model/model.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/**
 * Brings rows into the trash with their records, and back: there they hold no unique value, and no rule waits for them to be mended.
 * @param ids of the records; without them all
 */
export async function shelveRows(db: Db, model: Model, object: ObjectModel, ids?: readonly string[]): Promise<void> {
  for (const { object: name, field } of object.lists.filter((list) => list.part)) {
    const part = objectOf(model, name)
    const back = sql.ref(`p.${columnOf(part.byKey.get(field)!)}`)
    await sql`update core.${sql.id(part.table)} p set trashed_at = w.trashed_at from core.${sql.id(object.table)} w
      where ${back} = w.id and p.trashed_at is distinct from w.trashed_at ${ids ? sql`and w.id = any(${ids}::uuid[])` : sql``}`.execute(db)
  }
}
