import { sql } from 'kysely'
import type { Row } from '../model/generation.ts'
import { columnOf, type Model, type ObjectModel } from '../model/model.ts'
import { answeringNow, leadersOf, type Answering } from '../handover/answering.ts'
import type { Writing } from '../records/write/writing.ts'
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
    const other = await subjectRow(db, model, object, row)
    return other ? peopleMeant(db, model, other.object, other.row, 'owner') : []
  }
  const owner = ownerOf(object, row)
  if (person === 'leader') return leadersOf(db, owner ? [owner] : [], teamOf(object, row))
  const id = person === 'owner' ? owner : person
  const { rows } = await sql<{ id: string }>`select id from core."user" where id = ${id}::uuid and active and trashed_at is null`.execute(db)
  return rows.map((r) => r.id)
}

/** Who is to act: instead of a leader who is away it is who stands in for him, or else the leader above. */
export async function peopleNow(w: Writing, object: ObjectModel, row: Row, person: Person): Promise<string[]> {
  return person === 'leader' ? (await answering(w, object, row)).map(({ user }) => user) : peopleMeant(w.db, w.generation.model, object, row, person)
}

/** Who is to be told: leaders who are away, too; who stands in for one is told by that. */
export async function peopleToTell(w: Writing, object: ObjectModel, row: Row, person: Person): Promise<string[]> {
  const meant = await peopleMeant(w.db, w.generation.model, object, row, person)
  return person === 'leader' ? [...meant, ...(await answering(w, object, row)).flatMap(({ user, as }) => (as === 'above' ? [user] : []))] : meant
}

const ownerOf = (object: ObjectModel, row: Row): string | null => (object.owned ? row.owner_id as string | null : null)
const teamOf = (object: ObjectModel, row: Row): string | null => (object.owned ? row.team_id as string | null : null)

function answering(w: Writing, object: ObjectModel, row: Row): Promise<Answering[]> {
  const owner = ownerOf(object, row)
  return answeringNow(w.db, w.generation.company, { users: owner ? [owner] : [], team: teamOf(object, row), now: w.now })
}

async function subjectRow(db: Db, model: Model, object: ObjectModel, row: Row): Promise<{ object: ObjectModel, row: Row } | null> {
  const about = subjectOf(object, row)
  const other = about && model.objects.get(about.object)
  if (!other?.owned) return null
  const { rows } = await sql<Row>`select * from core.${sql.id(other.table)} where id = ${about!.id}`.execute(db)
  return rows[0] ? { object: other, row: rows[0] } : null
}
