import { sql, type RawBuilder } from 'kysely'
import type { Filter } from '@kartotek/sdk'
import { accessPredicate } from '../access/predicate.ts'
import { visibleTitles } from '../changes/changes.ts'
import { UUID } from '../facts/uuid.ts'
import { objectOf } from '../model/model.ts'
import { pageOf } from '../records/list-arguments.ts'
import { decodeCursor, encodeCursor } from '../records/order.ts'
import { readableField, type Reading } from '../records/reading.ts'
import { listConditions } from '../records/rows.ts'
import { boundsOf } from './period.ts'

export interface OwnerArguments { from: string, to: string, people?: string[] | null, filter?: Filter | null }
interface Link { object: string, id: string, title: string | null }
/** `owner` is null where the reader does not see the person. */
export interface OwnerPeriod { client: Link, owner: Link | null, from: Date, to: Date | null, days: number }
export interface OwnerTotal { owner: Link | null, clients: number, days: number }

/** How many clients each had in the period, and on how many days. */
export async function ownerTotals(reading: Reading, args: OwnerArguments): Promise<OwnerTotal[]> {
  const { rows } = await sql<{ owner: string | null, clients: number, days: number }>`with o as (${await periods(reading, args, [])})
    select owner, count(distinct id)::int as clients, sum(days)::float8 as days from o group by owner`.execute(reading.db)
  const people = await linksTo(reading, 'user', rows.map((row) => row.owner))
  // By the names that the reader sees: an order by hidden ones would tell them.
  return rows.map(({ owner, ...row }) => ({ ...row, owner: people(owner) })).sort((a, b) => Number(!a.owner) - Number(!b.owner) || (a.owner?.title ?? '').localeCompare(b.owner?.title ?? '', reading.locale))
}

/** Who had which clients and since when, one page by client and time; periods are whole, days are those within the report. */
export async function ownerPeriods(reading: Reading, args: OwnerArguments & { first?: number | null, after?: string | null }, most = 200): Promise<{ nodes: OwnerPeriod[], hasNextPage: boolean, endCursor: string | null }> {
  const { size, cursor: text } = pageOf({ first: args.first ?? 50, ...(args.after ? { after: args.after } : {}) }, most)
  const cursor = text ? decodeCursor(text, 2) : null
  const client = objectOf(reading.generation.model, 'client')
  const title = client.byKey.get(client.title)
  const name = title && reading.access.canRead(title) ? sql`coalesce(r.${sql.id(title.columns[0]!.name)}, '')` : sql`''`
  const behind = cursor ? [sql<boolean>`(${name}, r.id, p.from_at) > (${cursor.values[0]}::text, ${cursor.id}::uuid, ${cursor.values[1]}::timestamptz)`] : []
  const { rows } = await sql<{ id: string, owner: string | null, from_at: Date, to_at: Date | null, days: number, name: string, moment: string }>`select o.*, o.from_at::text as moment from (${await periods(reading, args, behind, name)}) o
    order by o.name, o.id, o.from_at limit ${sql.lit(size + 1)}`.execute(reading.db)
  const page = rows.slice(0, size)
  const people = await linksTo(reading, 'user', page.map((row) => row.owner))
  const clients = await linksTo(reading, 'client', page.map((row) => row.id))
  const last = page.at(-1)
  return {
    nodes: page.map((row) => ({ client: clients(row.id) ?? { object: 'client', id: row.id, title: null }, owner: people(row.owner), from: row.from_at, to: row.to_at, days: row.days })),
    hasNextPage: rows.length > size, endCursor: last ? encodeCursor({ values: [last.name, last.moment], id: last.id }) : null,
  }
}

/**
 * Periods that touch the report, of clients that the reader sees. A day belongs to who has the client when it ends, so that
 * days of several owners add up; today counts for who has it now, and days to come for nobody.
 */
async function periods(reading: Reading, { from, to, people, filter }: OwnerArguments, more: RawBuilder<boolean>[], name: RawBuilder<unknown> = sql`''`): Promise<RawBuilder<unknown>> {
  const { start, end } = boundsOf(reading, { from, to })
  const { generation: { model, company }, access } = reading
  const [client, user] = [objectOf(model, 'client'), objectOf(model, 'user')]
  readableField(reading, client, 'owner')
  const zone = sql.lit(company.timeZone)
  const day = (at: RawBuilder<unknown>): RawBuilder<unknown> => sql`(${at} at time zone ${zone})::date`
  const known = access.scope(user, 'read') === 'none' ? sql`false` : accessPredicate(model, access, user, 'read', 'u') ?? sql`true`
  // Whom he does not see the reader cannot ask for either.
  const conditions = [...await listConditions(reading, client, { filter: filter ?? undefined, archived: 'ALL' }, 'r'), ...more, ...people ? [sql`u.id = any(${people.filter((id) => UUID.test(id))}::uuid[])`] : []]
  return sql`select r.id, ${name} as name, u.id as owner, p.from_at, p.to_at,
      greatest(0, least(coalesce(${day(sql`p.to_at`)}, ${day(sql`now()`)} + 1), ${day(sql`now()`)} + 1, ${to}::date + 1) - greatest(${day(sql`p.from_at`)}, ${from}::date)) as days
    from core.field_period p join core.${sql.id(client.table)} r on r.id = p.record_id left join core.${sql.id(user.table)} u on u.id = p.value::uuid and ${known}
    where p.object = 'client' and p.field = 'owner' and p.from_at < ${end}::timestamptz and (p.to_at is null or (p.to_at > ${start}::timestamptz and p.to_at > p.from_at))
      ${conditions.length ? sql`and ${sql.join(conditions, sql` and `)}` : sql``}`
}

async function linksTo(reading: Reading, object: string, ids: readonly (string | null)[]): Promise<(id: string | null) => Link | null> {
  const titles = await visibleTitles(reading, ids.flatMap((id): [string, string][] => (id ? [[object, id]] : [])))
  return (id) => (id && titles.has(id) ? { object, id, title: titles.get(id) ?? null } : null)
}
