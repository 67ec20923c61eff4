import { sql } from 'kysely'
import { InputError, LimitError } from '@kartotek/sdk'
import { visibleTitles } from '../changes/changes.ts'
import { columnOf } from '../model/model.ts'
import { referenceKey } from '../records/aggregate.ts'
import { compileFilter } from '../records/filter.ts'
import { readableField, type Reading } from '../records/reading.ts'
import { listConditions, whereClause } from '../records/rows.ts'

export interface ConversionArguments { from: string, to: string, groupBy?: 'SOURCE' | 'OWNER' | null }
/** What became of the items of one channel and source, or of one person. Spam is not among them. */
export interface ConversionRow {
  channel: string | null, source: string | null, owner: { id: string, title: string } | null
  received: number, waiting: number, accepted: number, linked: number, declined: number, won: number | null
  answeredInTime: number | null, answeredLate: number | null
}

/** Groups that are counted; a cut answer would give false sums. */
const MOST = 50_000
const KEYS = ['channel', 'source', 'state', 'receivedAt']

/**
 * Counts of a period over the items that the reader sees. `won`: their orders that were won. In time and late: by the time to answer of
 * who has the item; late also while it is over and nobody answered.
 */
export async function conversion(reading: Reading, { from, to, groupBy }: ConversionArguments): Promise<ConversionRow[]> {
  const { access, generation: { model } } = reading
  const object = model.objects.get('intakeItem')
  const may = (key: string): boolean => access.canRead(object!.byKey.get(key)!)
  if (!object || access.scope(object, 'read') === 'none' || !KEYS.every(may)) return []
  if (Date.parse(to) <= Date.parse(from)) throw new InputError('The period ends before it begins.', [{ field: 'to', rule: 'min', message: 'The period ends before it begins.' }])
  const order = model.objects.get('order')
  const seesWon = order && access.scope(order, 'read') !== 'none' && may('order') && access.canRead(order.byKey.get('stage')!)
  const seesAnswers = may('answerDue') && may('answeredAt')
  const column = (key: string) => sql.ref(`r.${columnOf(object.byKey.get(key)!)}`)
  const counted = (condition: ReturnType<typeof sql>) => sql`(count(*) filter (where ${condition}))::int`
  const inState = (state: string) => counted(sql`${column('state')} = ${sql.lit(state)}`)
  const [due, answered] = [column('answerDue'), column('answeredAt')]
  const person = groupBy === 'OWNER' ? referenceKey(reading, readableField(reading, object, 'owner')) : null
  const key = person ? sql`null::text as channel, null::text as source, ${person.expression} as owner` : sql`${column('channel')} as channel, ${column('source')} as source, null::uuid as owner`
  const where = await listConditions(reading, object, { filter: { receivedAt: { gte: from, lt: to }, state: { ne: 'spam' } }, archived: 'ALL' }, 'r')
  const { rows } = await sql<Omit<ConversionRow, 'owner'> & { owner: string | null }>`select ${key}, count(*)::int as received,
      ${inState('new')} as waiting, ${inState('accepted')} as accepted, ${inState('linked')} as linked, ${inState('declined')} as declined,
      ${seesWon ? counted(compileFilter(reading, object, { order: { stage: { kind: 'WON' } } }, 'r')) : sql`null::int`} as won,
      ${seesAnswers ? counted(sql`${answered} <= ${due}`) : sql`null::int`} as "answeredInTime",
      ${seesAnswers ? counted(sql`coalesce(${answered}, now()) > ${due}`) : sql`null::int`} as "answeredLate"
    from core.${sql.id(object.table)} r ${person?.join ?? sql``} ${whereClause(where)} group by 1, 2, 3 order by received desc, 1, 2 limit ${sql.lit(MOST)}`.execute(reading.db)
  if (rows.length === MOST) throw new LimitError('There are too many sources in this period; choose a shorter one.', { limit: MOST })
  const names = await visibleTitles(reading, rows.flatMap((row): [string, string][] => (row.owner ? [['user', row.owner]] : [])))
  return rows.map((row) => ({ ...row, owner: row.owner && names.has(row.owner) ? { id: row.owner, title: names.get(row.owner) ?? '' } : null }))
}
