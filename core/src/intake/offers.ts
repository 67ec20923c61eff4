import { sql } from 'kysely'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { answeringNow, leadersOf } from '../handover/answering.ts'
import { objectOf } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { writeRecords } from '../records/write/batch.ts'
import { write } from '../records/write/writing.ts'
import { readSection } from '../settings/section.ts'
import { intakeSettings, type Rule } from './intake-settings.ts'
import { staff } from './staff.ts'

const MOST_AT_ONCE = 500

/** To whom what waits in the common queue is offered: to those among whom the rule distributes; to everybody, where there is no such rule. */
export function offeredBy({ able }: { able: ReadonlySet<string> }, rule: Rule | null): string[] {
  const wanted = rule?.pool.map((member) => member.user).filter((user) => able.has(user)) ?? []
  return wanted.length ? wanted : [...able]
}

/**
 * Offers what waits in the common queue to those who may take it now: while it waits, people come and leave, get roles, and
 * rules and teams change. @returns how many were offered to others
 */
export async function renewOffers(engine: Engine): Promise<number> {
  const queue = await waiting(engine.db)
  if (!queue.length) return 0
  const { value: { rules } } = await readSection(engine.db, intakeSettings)
  const people = await staff({ db: engine.db, generation: engine.live.current })
  const wanted = new Map<string, string[]>()
  for (const item of queue) {
    if (wanted.has(groupOf(item))) continue
    const offered = offeredBy(people, rules.find((rule) => rule.id === item.rule) ?? null)
    const answering = item.alarmed ? await answeringNow(engine.db, engine.live.current.company, { users: offered, able: people.able }) : []
    const leaders = item.alarmed ? [...await leadersOf(engine.db, offered), ...answering.map(({ user }) => user)].filter((user) => people.able.has(user)) : []
    wanted.set(groupOf(item), [...new Set([...offered, ...leaders])].sort())
  }
  const stale = queue.filter((item) => item.offered.join() !== wanted.get(groupOf(item))!.join()).slice(0, MOST_AT_ONCE)
  if (!stale.length) return 0
  const { result } = await write(engine, SYSTEM_CALLER, { summary: { key: 'intakeAssigned' } }, async (w) => {
    // Somebody may have taken it meanwhile; who decides about it holds it.
    const { rows: held } = await sql<{ id: string }>`select id from core.intake_item where id = any(${stale.map((item) => item.id)}::uuid[]) and state = 'new' and owner_id is null order by id for update skip locked`.execute(w.db)
    const free = new Set(held.map((row) => row.id))
    const results = await writeRecords(w, objectOf(w.generation.model, 'intakeItem'), stale.filter((item) => free.has(item.id)).map((item) => (
      { op: 'update', id: item.id, input: { offers: wanted.get(groupOf(item))!.map((user) => ({ user })) } })))
    return results.filter((one) => one.ok).length
  })
  return result
}

interface Queued { id: string, rule: string | null, alarmed: boolean, offered: string[] }
const groupOf = ({ rule, alarmed }: Queued): string => `${rule ?? ''} ${alarmed}`

/** What is in the common queue. `alarmed`: nobody was free, answered or took it, so that the leaders see it, too. */
async function waiting(db: Engine['db']): Promise<Queued[]> {
  const { rows } = await sql<Queued>`select i.id, i.rule, array(select o.user_id::text from core.intake_offer o where o.item_id = i.id order by o.user_id) as offered,
      coalesce((select d.code in ('nobody', 'untaken', 'late') from core.intake_decision d
        where d.item_id = i.id and d.code in ('nobody', 'untaken', 'late', 'assigned', 'taken', 'given', 'byHand') order by d.id desc limit 1), false) as alarmed
    from core.intake_item i where i.state = 'new' and i.owner_id is null and i.distributed_at is not null and i.trashed_at is null order by i.id`.execute(db)
  return rows
}
