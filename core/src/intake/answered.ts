import { sql } from 'kysely'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { columnOf, objectOf } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { answer } from './actions.ts'

/** How one answers; a note about the sender is no answer to him, nor is a call that he did not take. */
const ANSWERS = {
  timelineEntry: { by: 'owner', at: 'happenedAt', is: sql`p.kind = any(${['call', 'letter', 'message', 'meeting']}) and p.direction is distinct from 'in' and (p.kind = 'call' and p.seconds = 0) is not true` },
  task: { by: 'doneBy', at: 'doneAt', is: sql`p.kind = any(${['call', 'meeting']}) and p.state = 'done'` },
}

/**
 * Ends the timers of those who were in touch: who writes down a call, a letter, a message or a meeting, or ends a task of that kind,
 * has answered the request that it is about, and his requests of the client, the person or the order that it is about.
 */
export async function answeredBy(engine: Engine, object: keyof typeof ANSWERS, ids: readonly string[]): Promise<void> {
  const paper = objectOf(engine.live.current.model, object)
  const { by, at, is } = ANSWERS[object]
  const subject = paper.byKey.get('subject')!
  const about = sql.ref(`p.${columnOf(subject)}`)
  const what = sql.ref(`p.${columnOf(subject, 'object')}`)
  const moment = sql.ref(`p.${columnOf(paper.byKey.get(at)!)}`)
  // He writes the minute of it: what was in the minute in which he got the request, was after it.
  const { rows } = await sql<{ id: string, owner: string, name: string }>`select distinct i.id, u.id as owner, u.name from core.${sql.id(paper.table)} p
    join core."user" u on u.id = ${sql.ref(`p.${columnOf(paper.byKey.get(by)!)}`)}
    join core.intake_item i on i.owner_id = u.id and i.state = 'new' and i.answered_at is null and i.trashed_at is null and case ${what}
        when 'intakeItem' then i.id = ${about}
        else ${about} = case ${what} when 'client' then i.client_id when 'contact' then i.contact_id when 'order' then i.order_id end and ${moment} >= date_trunc('minute', coalesce(i.assigned_at, i.created_at)) end
    where p.id = any(${ids}::uuid[]) and ${is}`.execute(engine.db)
  for (const { id, owner, name } of rows) await answer(engine, { ...SYSTEM_CALLER, actor: { ...SYSTEM_CALLER.actor, userId: owner, name } }, id)
}
