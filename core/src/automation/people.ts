import { sql } from 'kysely'
import type { Row } from '../model/generation.ts'
import { columnOf, type Model, type ObjectModel } from '../model/model.ts'
import type { Db, Person } from './rule.ts'

/** What an entry, a file or a task is about; null for records that stand for themselves. */
export function subjectOf(object: ObjectModel, row: Row): { object: string, id: string } | null {
  const field = object.byKey.get('subject')
  const id = field?.type === 'record' ? row[columnOf(field)] as string | null : null
  return id ? { object: row[columnOf(field!, 'object')] as string, id } : null
}

/** Who is meant, of those who work here; empty where nobody is. */
export async function peopleMeant(db: Db, model: Model, object: ObjectModel, row: Row, person: Person): Promise<string[]> {
  if (person === 'subjectOwner') {
    const about = subjectOf(object, row)
    const other = about && model.objects.get(about.object)
    if (!other?.owned) return []
    const { rows } = await sql<Row>`select * from core.${sql.id(other.table)} where id = ${about!.id}`.execute(db)
    return rows[0] ? peopleMeant(db, model, other, rows[0], 'owner') : []
  }
  const owner = object.owned ? row.owner_id as string | null : null
  if (person === 'leader') {
    const { rows } = await sql<{ id: string }>`select distinct u.id from core.team_member l join core."user" u on u.id = l.user_id
      where l.leader and u.active and u.trashed_at is null and u.id is distinct from ${owner}::uuid
        and (l.team_id = ${object.owned ? row.team_id as string | null : null}::uuid or l.team_id in (select team_id from core.team_member where user_id = ${owner}::uuid))`.execute(db)
    return rows.map((r) => r.id)
  }
  const id = person === 'owner' ? owner : person
  const { rows } = await sql<{ id: string }>`select id from core."user" where id = ${id}::uuid and active and trashed_at is null`.execute(db)
  return rows.map((r) => r.id)
}
