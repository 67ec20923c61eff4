import { sql } from 'kysely'
import { LimitError, LOCALES, textIn, type Filter } from '@kartotek/sdk'
import { SYSTEM_CALLER, type Caller } from '../access/caller.ts'
import { keepConfiguration } from '../changes/configuration.ts'
import type { RequestContext } from '../graphql/context.ts'
import { invalid } from '../model/change.ts'
import { objectOf } from '../model/model.ts'
import { notify } from '../notifications/notify.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { emptyPlan, type Page } from '../records/plan.ts'
import type { Reading } from '../records/reading.ts'
import { readPage } from '../records/rows.ts'
import { write } from '../records/write/writing.ts'
import { emptyRequests, erasePerson, type Eraser } from './erase.ts'

export type RetentionMode = 'off' | 'propose' | 'erase'
/** How long people are kept of whom nothing was heard, and requests that were declined. */
export interface Retention { kind: 'contact' | 'client' | 'intakeItem', months: number, mode: RetentionMode }

/** Erased in one night; the rest the next. */
const MOST_IN_A_NIGHT = 200
const ASK_AGAIN_DAYS = 30

export async function loadRetention(db: Engine['db']): Promise<Retention[]> {
  const { rows } = await sql<Retention>`select kind, months, mode from core.retention order by kind desc`.execute(db)
  return rows
}

export async function saveRetention(ctx: RequestContext, { kind, months, mode }: Retention): Promise<Retention> {
  if (!Number.isInteger(months) || months < 1 || months > 600) throw invalid('months', 'min', 'Write 1–600 months.')
  await ctx.engine.db.transaction().execute(async (trx) => {
    const { rows: [before] } = await sql<Retention>`select kind, months, mode from core.retention where kind = ${kind} for update`.execute(trx)
    if (!before) throw invalid('kind', 'option', 'There is no such kind.')
    await sql`update core.retention set months = ${months}, mode = ${mode}, told_at = null where kind = ${kind}`.execute(trx)
    await keepConfiguration(trx, ctx.caller, { subject: 'privacy', id: `retention.${kind}`, object: kind, name: objectOf(ctx.reading.generation.model, kind).labelPlural, before, after: { kind, months, mode } })
  })
  return { kind, months, mode }
}

/** An ordinary filter: nobody was in touch, nothing was ordered, and the record itself is as old. */
export function outdated({ kind, months }: Retention): Filter {
  const days = Math.min(months * 31, 36_500)
  const since = new Date(Date.now() - days * 86_400_000).toISOString()
  // What came in and was declined or thrown away, and still has something in it.
  if (kind === 'intakeItem') {
    return { and: [{ state: { in: ['declined', 'spam'] } }, { receivedAt: { lt: since } }, { or: ['raw', 'text', 'person', 'company', 'heading'].map((key) => ({ [key]: { isNull: false } })) }] }
  }
  return {
    and: [
      { erasedAt: { isNull: true } }, { createdAt: { lt: since } }, { noContactDays: days }, { withoutNextStep: true },
      { orders: { none: { updatedAt: { gte: since } } } }, ...(kind === 'client' ? [{ kind: { eq: 'person' } }] : []),
    ],
  }
}

/** Those who are proposed, as far as the reader sees them. */
export async function listOutdated(reading: Reading, retention: Retention, first: number, after?: string | null): Promise<{ nodes: { id: string, title: string }[], hasNextPage: boolean, endCursor: string | null }> {
  if (first < 1 || first > 200) throw new LimitError('A page holds 1–200 records.', { limit: 200 })
  const object = objectOf(reading.generation.model, retention.kind)
  if (reading.access.scope(object, 'read') === 'none') return { nodes: [], hasNextPage: false, endCursor: null }
  const plan = emptyPlan(object)
  const title = object.byKey.get(object.title)!
  if (reading.access.canRead(title)) plan.fields.set(title.key, title)
  const page: Page = await readPage(reading, plan, { filter: outdated(retention), orderBy: [{ field: 'createdAt', direction: 'ASC' }], first, ...(after ? { after } : {}) }, false)
  return { nodes: page.nodes.map((node) => ({ id: node.id, title: String(node[object.title] ?? '') })), hasNextPage: page.hasNextPage, endCursor: page.cursorOf(-1) }
}

/** Each night: proposes, or erases where an administrator switched that on. */
export async function keepNoLonger(eraser: Eraser): Promise<void> {
  const { engine } = eraser
  const reading = readingOf(engine, SYSTEM_CALLER)
  for (const retention of await loadRetention(engine.db)) {
    if (retention.mode === 'off') continue
    const { nodes, hasNextPage } = await listOutdated(reading, retention, MOST_IN_A_NIGHT)
    if (!nodes.length) continue
    if (retention.mode === 'erase') {
      const by: Caller = SYSTEM_CALLER
      if (retention.kind === 'intakeItem') await forgetRequests(engine, nodes.map((node) => node.id))
      else for (const { id } of nodes) await erasePerson(eraser, by, retention.kind, id)
    } else await propose(engine, retention, nodes.length, hasNextPage)
  }
}

async function forgetRequests(engine: Engine, ids: string[]): Promise<void> {
  await write(engine, SYSTEM_CALLER, { summary: { key: 'personErased' }, withoutRules: true }, async (w) => {
    await emptyRequests(w, ids)
    w.changes.push(...ids.map((id) => ({ object: 'intakeItem', recordId: id, rootObject: 'intakeItem', rootId: id, action: 'update' as const, version: 0, fields: ['text'], before: null, after: null })))
  })
}

async function propose(engine: Engine, { kind }: Retention, count: number, more: boolean): Promise<void> {
  await engine.db.transaction().execute(async (trx) => {
    const { rows: [turn] } = await sql<{ at: Date }>`update core.retention set told_at = now() where kind = ${kind} and (told_at is null or told_at < now() - make_interval(days => ${ASK_AGAIN_DAYS})) returning told_at as at`.execute(trx)
    if (!turn) return
    const roles = engine.live.current.roles.filter((role) => role.rules.everything || role.rules.capabilities?.includes('privacy.manage')).map((role) => role.id)
    const { rows } = await sql<{ id: string }>`select distinct user_id as id from core.user_role where role_id = any(${roles}::uuid[])`.execute(trx)
    const label = objectOf(engine.live.current.model, kind).labelPlural
    const text = Object.fromEntries(LOCALES.map((locale) => [locale, `${textIn(label, locale)}: ${count}${more ? '+' : ''}`]))
    await notify(trx, [{ key: `retention:${kind}:${turn.at.toISOString()}`, kind: 'retention', to: rows.map((r) => r.id), params: { count }, text }])
  })
  engine.afterCommit()
}
