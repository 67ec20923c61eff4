import { sql, type Kysely } from 'kysely'
import type { Reading } from '../records/reading.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** Who stands in at this moment for each of these people, whoever began first before the others. */
export async function standingInFor(db: Db, people: readonly string[]): Promise<Map<string, string[]>> {
  if (!people.length) return new Map()
  const { rows } = await sql<{ absent: string, substitutes: string[] }>`select absent_id as absent, array_agg(substitute_id order by from_at, id) as substitutes from core.substitution
    where absent_id = any(${[...new Set(people)]}::uuid[]) and from_at <= now() and until_at > now() group by absent_id`.execute(db)
  return new Map(rows.map(({ absent, substitutes }) => [absent, substitutes]))
}

/** For which of these people the reader stands in at this moment. */
export async function stoodInBy({ access, db }: Reading, people: readonly string[]): Promise<Set<string>> {
  const me = access.actor.userId
  if (!people.length || !me) return new Set()
  const { rows } = await sql<{ absent: string }>`select distinct absent_id as absent from core.substitution
    where substitute_id = ${me}::uuid and absent_id = any(${[...new Set(people)]}::uuid[]) and from_at <= now() and until_at > now()`.execute(db)
  return new Set(rows.map((row) => row.absent))
}

/** A time when somebody stands in for an absent person. */
export interface Stay { absent: string, substitute: string, from: Date, until: Date }

/** Those that are not over at that moment, the earlier ones first. */
export async function staysFrom(db: Db, moment: Date): Promise<Stay[]> {
  const { rows } = await sql<Stay>`select absent_id as absent, substitute_id as substitute, from_at as "from", until_at as until from core.substitution where until_at > ${moment} order by from_at, id`.execute(db)
  return rows
}
