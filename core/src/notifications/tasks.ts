import type { RecordEvent } from '@kartotek/sdk'
import { sql } from 'kysely'
import type { Engine } from '../records/engine.ts'
import { authorsOf, type Author } from './authors.ts'
import type { Notice } from './notify.ts'

interface TaskRow { id: string, owner_id: string | null, state: string, watchers: string[], participants: string[] }

/**
 * Tells those who were made watchers or participants of a task, and those who watch it that it was done or moved; who takes part is told
 * of a move, too. Nobody is told of what he did himself, nor of what an import brings.
 */
export async function taskNotices(engine: Engine, all: RecordEvent[]): Promise<Notice[]> {
  const events = all.filter((e) => e.name === 'task.created' || e.name === 'task.updated')
  if (!events.length) return []
  const authors = await authorsOf(engine, events)
  const heard = events.filter((e) => authors.get(e.changeSetId)?.origin !== 'import')
  const tasks = await tasksOf(engine, heard.map((e) => e.recordId))
  const told = (kind: string, task: string, set: string, to: (string | null)[]): Notice[] => {
    const by = authors.get(set)?.user
    const people = to.filter((user): user is string => user !== null && user !== by)
    return people.length ? [{ key: `${kind}:${task}:${set}`, to: people, kind, subject: { object: 'task', id: task }, params: by ? { by } : {} }] : []
  }
  const added = await addedPeople(engine, heard, authors)
  const invitations = [...Map.groupBy(added, ({ task, set }) => `${task} ${set}`).values()].flatMap((people) => {
    const { task, set } = people[0]!
    return told('taskInvitation', task, set, people.map(({ user }) => user).filter((user) => user !== tasks.get(task)?.owner_id))
  })
  const news = heard.filter((e) => e.name === 'task.updated').flatMap((event): Notice[] => {
    const task = tasks.get(event.recordId)
    if (!task) return []
    const isNew = new Set(added.filter((one) => one.task === task.id && one.set === event.changeSetId).map(({ user }) => user))
    const since = (people: string[]): string[] => people.filter((user) => !isNew.has(user) && user !== task.owner_id)
    if (event.changed.includes('state') && task.state === 'done') return told('taskDone', task.id, event.changeSetId, since(task.watchers))
    if (event.changed.includes('due') && task.state === 'open') return told('taskMoved', task.id, event.changeSetId, since([...task.watchers, ...task.participants]))
    return []
  })
  return [...invitations, ...news]
}

async function tasksOf(engine: Engine, ids: string[]): Promise<Map<string, TaskRow>> {
  const { rows } = await sql<TaskRow>`select t.id, t.owner_id, t.state,
      array(select w.user_id from core.task_watcher w where w.task_id = t.id) as watchers,
      array(select p.user_id from core.task_participant p where p.task_id = t.id and p.user_id is not null) as participants
    from core.task t where t.id = any(${ids}::uuid[]) and t.trashed_at is null`.execute(engine.db)
  return new Map(rows.map((row) => [row.id, row]))
}

/** Whom the changes made watchers or participants who were none before. The next task of a series takes its people along: they know. */
async function addedPeople(engine: Engine, events: RecordEvent[], authors: ReadonlyMap<string, Author>): Promise<{ set: string, task: string, user: string }[]> {
  const next = new Set(await continued(engine, events.filter((e) => e.name === 'task.created').map((e) => e.recordId)))
  const of = events.filter((e) => !next.has(e.recordId) && authors.has(e.changeSetId))
  const { rows } = await sql<{ set: string, task: string, user: string }>`select distinct c.change_set_id as set, c.root_id as task, c.after ->> 'user' as "user" from core.change c
    where c.change_set_id = any(${[...new Set(of.map((e) => e.changeSetId))]}::uuid[]) and c.root_id = any(${of.map((e) => e.recordId)}::uuid[])
      and c.object in ('taskWatcher', 'taskParticipant') and c.after ->> 'user' is not null
      and not exists (select 1 from core.change d where d.change_set_id = c.change_set_id and d.root_id = c.root_id and d.object in ('taskWatcher', 'taskParticipant') and d.before ->> 'user' = c.after ->> 'user')`.execute(engine.db)
  return rows
}

/** Tasks that were made because the same person has done the one before, or because its time came: nobody was made the owner of anything. */
export async function continued(engine: Engine, ids: string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select n.id from core.task n join core.task p on p.id::text = n.follows
    where n.id = any(${ids}::uuid[]) and n.owner_id = p.owner_id and n.version = 1 and n.created_by is null`.execute(engine.db)
  return rows.map((row) => row.id)
}
