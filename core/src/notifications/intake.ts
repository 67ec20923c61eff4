import type { RecordEvent } from '@kartotek/sdk'
import { sql } from 'kysely'
import type { Engine } from '../records/engine.ts'
import type { Notice } from './notify.ts'

interface Told { id: string, item: string, owner: string | null, before: string | null, after: string | null, offered: string[], leaders: string[] }

/**
 * Who got a request by distribution. Where nobody answered or took it in time, or nobody was free: those to whom it is
 * offered now, or the leaders of who lost it to another; and he, who may not see it any more.
 */
export async function intakeNotices(engine: Engine, events: RecordEvent[]): Promise<Notice[]> {
  const assigned = new Set(events.filter((e) => e.name === 'intakeItem.assigned').map((e) => e.id))
  const escalated = events.filter((e) => e.name === 'intakeItem.escalated').map((e) => e.id)
  const ids = [...assigned, ...escalated]
  if (!ids.length) return []
  const { rows } = await sql<Told>`select e.id, i.id as item, i.owner_id as owner, e.scope -> 'before' ->> 'owner' as before, e.scope -> 'after' ->> 'owner' as after,
      array(select o.user_id from core.intake_offer o where o.item_id = i.id and i.owner_id is null) as offered,
      array(select distinct l.user_id from core.team_member m join core.team_member l on l.team_id = m.team_id and l.leader where m.user_id = (e.scope -> 'before' ->> 'owner')::uuid) as leaders
    from core.event e join core.intake_item i on i.id = e.record_id where e.id = any(${ids}::uuid[])`.execute(engine.db)
  return rows.flatMap(({ id, item, owner, before, after, offered, leaders }): Notice[] => {
    const about = { subject: { object: 'intakeItem', id: item } }
    // What was given by hand is told as any other record is.
    if (assigned.has(id)) return owner && owner === after && owner !== before ? [{ key: `intakeAssigned:${id}`, to: [owner], kind: 'intakeAssigned', ...about }] : []
    const to = owner ? leaders.filter((leader) => leader !== owner && leader !== before) : offered
    return [
      ...to.length ? [{ key: `intakeEscalated:${id}`, to, kind: 'intakeEscalated', anyOf: !owner, ...about }] : [],
      ...before && before !== owner && !to.includes(before) ? [{ key: `intakeLost:${id}`, to: [before], kind: 'intakeLost' }] : [],
    ]
  })
}
