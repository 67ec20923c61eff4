import { sql, type RawBuilder } from 'kysely'
import { InputError, LimitError, type Filter } from '@kartotek/sdk'
import { visibleTitles } from '../changes/changes.ts'
import { columnOf, objectOf, type FieldModel, type ObjectModel } from '../model/model.ts'
import { referenceKey } from '../records/aggregate.ts'
import { compileFilter } from '../records/filter.ts'
import { emptyPlan, type Node } from '../records/plan.ts'
import { readableField, type Reading } from '../records/reading.ts'
import { listConditions, readPage, whereClause } from '../records/rows.ts'
import { withSegments } from '../segments/in-filter.ts'
import { inZone } from '../tasks/times.ts'
import { seenBy } from '../views/saved.ts'
import { filterOf, informationFor, STATES, type Information, type State } from './information.ts'
import { loadRequired, MOST_KINDS, type Required } from './required.ts'

export interface CompletenessArguments {
  /** A filter of clients: a segment. */
  filter?: Filter | null
  /** Keys of kinds, in their order. Default: those that are required of some clients. */
  kinds?: string[] | null
  groupBy?: 'OWNER' | 'TEAM' | 'SEGMENT' | null
  /** What is older counts as stale. Default: nothing does. */
  staleDays?: number | null
}
export interface Cell { kind: string, filled: number, stale: number, invalid: number, empty: number }
export interface Group { key: string | null, label: string | null, clients: number, complete: number, mean: number, cells: Cell[] }

const MOST_GROUPS = 500
const MOST_SEGMENTS = 50

/** What the report is about: the kinds that are shown, those that count, and since when something is fresh. */
export class Completeness {
  readonly kinds: Information[]
  readonly required: Required
  readonly #reading: Reading
  readonly #client: ObjectModel
  readonly #known: Information[]
  readonly #freshSince: string | null

  constructor(reading: Reading, required: Required, { kinds, staleDays }: CompletenessArguments) {
    if (staleDays != null && (!Number.isInteger(staleDays) || staleDays < 1 || staleDays > 36_500)) throw new InputError('Write 1–36,500 days.', [{ field: 'staleDays', rule: 'min', message: 'Write 1–36,500 days.' }])
    this.#reading = reading
    this.#client = objectOf(reading.generation.model, 'client')
    this.required = required
    this.#known = informationFor(reading)
    const wanted = kinds ?? this.#known.map((kind) => kind.key).filter((key) => Object.values(required).some((list) => list.includes(key)))
    if (wanted.length > MOST_KINDS) throw new LimitError(`At most ${MOST_KINDS} columns.`, { limit: MOST_KINDS })
    this.kinds = wanted.map((key) => {
      const kind = this.#known.find((one) => one.key === key)
      if (!kind) throw new InputError(`There is no column "${key}".`, [{ field: 'kinds', rule: 'unknown', message: `There is no column "${key}".` }])
      return kind
    })
    // Whole days: the same report asked twice has the same filters.
    this.#freshSince = staleDays ? inZone(new Date().toISOString(), reading.generation.company.timeZone).startOf('day').minus({ days: staleDays }).toUTC().toISO()! : null
  }

  filterOf(kind: Information, state: State): Filter { return filterOf(kind, state, this.#freshSince) }

  /**
   * Columns of a statement over clients `r`: the id, the state of each kind as `s0`, `s1` …, and what {@link share} needs of it. What
   * one state has excluded is not asked again by the next.
   */
  columns(): RawBuilder<unknown>[] {
    const states = this.kinds.map((kind, i) => {
      const cases = [sql`when ${this.#asked(this.filterOf(kind, 'filled'))} then 'filled'`]
      if (this.#freshSince) cases.push(sql`when ${this.#asked(kind.valid)} then 'stale'`)
      if (kind.given !== kind.valid) cases.push(sql`when ${this.#asked(kind.given)} then 'invalid'`)
      return sql`case ${sql.join(cases, sql` `)} else 'empty' end as ${sql.id(`s${i}`)}`
    })
    const others = this.#counted.filter((kind) => !this.kinds.includes(kind)).map((kind) => sql`${this.#asked(kind.valid)} as ${sql.id(`v${this.#known.indexOf(kind)}`)}`)
    return [sql`r.id`, ...states, ...others, ...(this.#shares.size ? [sql`${sql.ref(`r.${columnOf(this.#kindField)}`)} as client_kind`] : [])]
  }

  /** The share of what is required of a client, 0–100, over the {@link columns}. */
  share(): RawBuilder<string | null> {
    const valid = (kind: Information): RawBuilder<boolean> => {
      const i = this.kinds.indexOf(kind)
      return i < 0 ? sql`${sql.id(`v${this.#known.indexOf(kind)}`)}` : sql`${sql.id(`s${i}`)} in ('filled', 'stale')`
    }
    const shares = [...this.#shares].map(([clientKind, counted]) => {
      const sum = counted.length ? sql`100.0 * (${sql.join(counted.map((kind) => sql`(case when ${valid(kind)} then 1 else 0 end)`), sql` + `)}) / ${sql.lit(counted.length)}` : sql`100.0`
      return sql`when client_kind = ${clientKind} then ${sum}`
    })
    return shares.length ? sql`case ${sql.join(shares, sql` `)} end` : sql`null::numeric`
  }

  get #kindField(): FieldModel { return this.#client.byKey.get('kind')! }

  /** What counts for each kind of client. Who may not know the kind of a client is told of no share of what that kind requires. */
  get #shares(): Map<string, Information[]> {
    if (!this.#reading.access.canRead(this.#kindField)) return new Map()
    return new Map(Object.entries(this.required).map(([clientKind, keys]) => [clientKind, keys.flatMap((key) => this.#known.find((kind) => kind.key === key) ?? [])]))
  }

  get #counted(): Information[] { return [...new Set([...this.#shares.values()].flat())] }

  #asked(filter: Filter): RawBuilder<boolean> { return compileFilter(this.#reading, this.#client, filter, 'r') }
}

type CountedRow = Record<string, number> & { key: string | null, part: number, found: number }

/** The segments of clients that the reader may use, by name, and when a client `r` is in each. One that does not compile any more has no row. */
async function segmentsOf(reading: Reading, client: ObjectModel): Promise<{ shown: { id: string, name: string, holds: RawBuilder<boolean> }[], more: number }> {
  const { rows } = await sql<{ id: string, name: string }>`select id, name from core.segment where object = ${client.name} and trashed_at is null and ${seenBy(reading.access.actor)} order by name, id`.execute(reading.db)
  const listed = rows.slice(0, MOST_SEGMENTS)
  const within = await withSegments(reading, { or: listed.map(({ id }) => ({ inSegment: [id] })) })
  const shown = listed.flatMap((segment) => {
    try {
      return [{ ...segment, holds: sql<boolean>`(${compileFilter(within, client, { inSegment: [segment.id] }, 'r')}) is true` }]
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      return []
    }
  })
  return { shown, more: rows.length - shown.length }
}

/** Clients by who answers for them: how much is known of them, kind by kind. `moreGroups`: those of whom the most is known are left out. */
export async function completenessReport(reading: Reading, args: CompletenessArguments): Promise<{ report: Completeness, groups: Group[], moreGroups: number, total: Group }> {
  const report = new Completeness(reading, await loadRequired(reading.db), args)
  const client = objectOf(reading.generation.model, 'client')
  const where = whereClause(await listConditions(reading, client, { filter: args.filter ?? undefined }, 'r'))
  const segments = args.groupBy === 'SEGMENT' ? await segmentsOf(reading, client) : null
  const by = args.groupBy && !segments ? readableField(reading, client, args.groupBy === 'OWNER' ? 'owner' : 'team') : null
  const counts = report.kinds.flatMap((_, i) => STATES.map((state) => sql`(count(*) filter (where ${sql.ref(`s${i}`)} = ${sql.lit(state)}))::int as ${sql.id(`n${i}_${state}`)}`))
  const sums = sql.join([sql`count(*)::int as clients`, sql`(count(*) filter (where share = 100))::int as complete`, sql`round(coalesce(avg(share), 0), 1)::float8 as mean`, ...counts])
  const seen = by && referenceKey(reading, by)
  const { rows } = segments
    ? await sql<CountedRow>`with c as materialized (select ${sql.join([...report.columns(), ...segments.shown.map((segment, i) => sql`${segment.holds} as ${sql.id(`m${i}`)}`)])} from core.${sql.id(client.table)} r ${where}),
      d as (select *, ${report.share()} as share from c)
      select null::uuid as key, 1 as part, 0 as found, ${sums} from d
      ${segments.shown.length ? sql`union all (select m.key, 0, 0, ${sums} from d cross join lateral (values ${sql.join(segments.shown.map(({ id }, i) => sql`(${id}::uuid, ${sql.ref(`m${i}`)})`))}) m (key, holds) where m.holds group by m.key)` : sql``} order by part desc, mean, clients desc`.execute(reading.db)
    : await sql<CountedRow>`with c as materialized (
    select ${seen?.expression ?? sql`null::uuid`} as key, ${sql.join(report.columns())} from core.${sql.id(client.table)} r ${seen?.join ?? sql``} ${where})
    select key, grouping(key) as part, (count(*) over ())::int as found, ${sums} from (select *, ${report.share()} as share from c) c group by grouping sets ((key), ()) order by part desc, mean, clients desc limit ${sql.lit(MOST_GROUPS + 1)}`.execute(reading.db)
  const group = (row: (typeof rows)[number], label: string | null): Group => ({
    key: row.key, label, clients: row.clients!, complete: row.complete!, mean: row.mean!,
    cells: report.kinds.map((kind, i) => ({ kind: kind.key, filled: row[`n${i}_filled`]!, stale: row[`n${i}_stale`]!, invalid: row[`n${i}_invalid`]!, empty: row[`n${i}_empty`]! })),
  })
  const total = rows.find((row) => row.part === 1)
  const parts = by || segments ? rows.filter((row) => row.part === 0) : []
  const names = segments ? new Map(segments.shown.map(({ id, name }) => [id, name])) : await visibleTitles(reading, parts.flatMap(({ key }): [string, string][] => (key ? [[by!.to!, key]] : [])))
  return { report, groups: parts.map((row) => group(row, names.get(row.key ?? '') ?? null)), moreGroups: segments ? segments.more : by ? (rows[0]?.found ?? 0) - rows.length : 0, total: total ? group(total, null) : { key: null, label: null, clients: 0, complete: 0, mean: 0, cells: report.kinds.map(({ key }) => ({ kind: key, filled: 0, stale: 0, invalid: 0, empty: 0 })) } }
}

export interface CompletenessRow { id: string, title: string, owner: string | null, share: number | null, states: { kind: string, state: State }[] }

/** The clients behind the report, one page of them. */
export async function completenessRows(reading: Reading, args: CompletenessArguments & { first?: number | null, after?: string | null }): Promise<{ nodes: CompletenessRow[], hasNextPage: boolean, endCursor: string | null }> {
  const report = new Completeness(reading, await loadRequired(reading.db), args)
  const client = objectOf(reading.generation.model, 'client')
  const plan = emptyPlan(client)
  const title = client.byKey.get(client.title)!
  if (reading.access.canRead(title)) plan.fields.set(title.key, title)
  const owner = client.byKey.get('owner')!
  const user = objectOf(reading.generation.model, 'user')
  if (reading.access.canRead(owner)) {
    const inner = emptyPlan(user)
    if (reading.access.canRead(user.byKey.get('name')!)) inner.fields.set('name', user.byKey.get('name')!)
    plan.relations.set('owner', { field: owner, plan: inner })
  }
  const page = await readPage(reading, plan, { ...(args.filter ? { filter: args.filter } : {}), orderBy: [reading.access.canRead(title) ? { field: 'name', direction: 'ASC' } : { field: 'createdAt', direction: 'DESC' }], first: args.first ?? 50, ...(args.after ? { after: args.after } : {}) }, false)
  const { rows } = await sql<Record<string, string> & { id: string, share: string | null }>`select *, ${report.share()} as share from (select ${sql.join(report.columns())} from core.${sql.id(client.table)} r where r.id = any(${page.nodes.map((n) => n.id)}::uuid[])) c`.execute(reading.db)
  const found = new Map(rows.map((row) => [row.id, row]))
  return {
    nodes: page.nodes.flatMap((node) => {
      const row = found.get(node.id)
      if (!row) return []
      return [{
        id: node.id, title: String(node.name ?? ''), owner: ((node.owner as Node | null)?.name as string | undefined) ?? null, share: row.share === null ? null : Math.round(Number(row.share)),
        states: report.kinds.map((kind, i) => ({ kind: kind.key, state: row[`s${i}`] as State })),
      }]
    }),
    hasNextPage: page.hasNextPage, endCursor: page.cursorOf(-1),
  }
}
