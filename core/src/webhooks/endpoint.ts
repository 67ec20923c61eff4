import type { Filter } from '@kartotek/sdk'
import { sql, type Kysely } from 'kysely'
import type { SecretBox } from '../settings/index.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export type Db = Kysely<any>

/** Why an endpoint stopped by itself: nothing got through for three days, it answered 410, or its owner left. */
export type Stopped = 'failing' | 'gone' | 'owner'

/** An address outside that is told of events. What it is told of records is what its owner may read. */
export interface Endpoint {
  id: string
  name: string
  url: string
  /** Patterns of events: `client.*`, `order.stageChanged`. */
  events: string[]
  /** Only events of records of this object. Null: of any. */
  object: string | null
  condition: Filter | null
  /** Keys of the fields that are told. */
  fields: string[]
  active: boolean
  owner: string
  stopped: Stopped | null
  stoppedAt: Date | null
  formerUntil: Date | null
  version: number
  createdAt: Date
}

const COLUMNS = sql`id, name, url, events, object, condition, fields, active, owner_id as owner, stopped, stopped_at as "stoppedAt", case when former_until > now() then former_until end as "formerUntil", version, created_at as "createdAt"`

/** Endpoints that are not in the trash, by name. */
export async function loadEndpoints(db: Db, only: { active?: true, id?: string } = {}): Promise<Endpoint[]> {
  const { rows } = await sql<Endpoint>`select ${COLUMNS} from core.webhook where trashed_at is null
    ${only.active ? sql`and active` : sql``} ${only.id ? sql`and id = ${only.id}` : sql``} order by name, id`.execute(db)
  return rows
}

export const purposeOf = (id: string): string => `webhook:${id}`

/** The secrets that sign now: the one in force, and the former one while it still holds. */
export async function secretsOf(db: Db, box: SecretBox, id: string, now: Date): Promise<string[]> {
  const { rows: [row] } = await sql<{ secret: { $secret: string }, former: { $secret: string } | null }>`select secret, case when former_until > ${now} then former_secret end as former from core.webhook where id = ${id}`.execute(db)
  return [row!.secret, ...(row!.former ? [row!.former] : [])].map((sealed) => box.open(sealed, purposeOf(id)))
}

/** The owner, if he still works here; null otherwise. */
export async function worksHere(db: Db, user: string): Promise<boolean> {
  const { rows } = await sql`select 1 from core."user" where id = ${user} and active and trashed_at is null`.execute(db)
  return rows.length > 0
}
