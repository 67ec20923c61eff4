import { sql } from 'kysely'
import { LimitError, LOCALES, textIn, type Filter } from '@kartotek/sdk'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { rolesWith } from '../access/roles.ts'
import { keepConfiguration } from '../changes/configuration.ts'
import type { RequestContext } from '../graphql/context.ts'
import { invalid } from '../model/change.ts'
import { columnOf, objectOf } from '../model/model.ts'
import { notify } from '../notifications/notify.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { emptyPlan, type Page } from '../records/plan.ts'
import type { Reading } from '../records/reading.ts'
import { readPage } from '../records/rows.ts'
import { erasePerson, eraseRequest, type Eraser, type StillSo } from './erase.ts'

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

const daysOf = ({ months }: Retention): number => Math.min(months * 31, 36_500)
const sinceOf = (retention: Retention): string => new Date(Date.now() - daysOf(retention) * 86_400_000).toISOString()

/**
 * An ordinary filter: nobody was in touch or tried to be, nothing was ordered, and the record itself was not touched as long. For contacts
 * nothing of that with those either for whom they speak: calls and orders of a client need not name them.
 */
export function outdated(retention: Retention): Filter {
  const { kind } = retention
  const [days, since] = [daysOf(retention), sinceOf(retention)]
  // What came in and was declined or thrown away, and still has something in it.
  if (kind === 'intakeItem') {
    return { and: [{ state: { in: ['declined', 'spam'] } }, { receivedAt: { lt: since } }, { or: ['raw', 'text', 'person', 'company', 'heading'].map((key) => ({ [key]: { isNull: false } })) }] }
  }
  const changed = { orders: { some: { updatedAt: { gte: since } } } }
  const inUse = { client: { or: [{ not: { silentDays: days } }, { withoutNextStep: false }, changed] } }
  return {
    and: [
      { erasedAt: { isNull: true } }, { createdAt: { lt: since } }, { updatedAt: { lt: since } }, { silentDays: days }, { withoutNextStep: true }, { not: changed },
      kind === 'client' ? { kind: { eq: 'person' } } : { clients: { none: inUse } },
    ],
  }
}

/**
 * Which of these are outdated with the eyes of the system: whoever sees but a part of what hangs on a person must not take him
 * for forgotten. A consent is a sign of life that no filter asks for.
 */
async function confirmed(engine: Pick<Engine, 'db'>, system: Reading, retention: Retention, ids: readonly string[]): Promise<Set<string>> {
  if (!ids.length) return new Set()
  const object = objectOf(system.generation.model, retention.kind)
  const page = await readPage(system, emptyPlan(object), { filter: { and: [{ id: { in: [...ids] } }, outdated(retention)] }, first: ids.length }, false)
  const consent = objectOf(system.generation.model, 'consent')
  const [subject, at] = ['subject', 'at'].map((key) => sql.id(columnOf(consent.byKey.get(key)!)))
  const { rows } = await sql<{ id: string }>`select ${subject} as id from core.${sql.id(consent.table)} where ${subject} = any(${ids}::uuid[]) and greatest(${at}, created_at) >= ${sinceOf(retention)}`.execute(engine.db)
  const agreed = new Set(rows.map((row) => row.id))
  return new Set(page.nodes.map((node) => node.id).filter((id) => !agreed.has(id)))
}

interface Proposals { nodes: { id: string, title: string }[], hasNextPage: boolean, endCursor: string | null }

/** Those who are proposed, as far as the reader sees them. A page may have fewer than it could. */
export async function listOutdated(engine: Engine, reading: Reading, retention: Retention, first: number, after?: string | null): Promise<Proposals> {
  if (first < 1 || first > 200) throw new LimitError('A page holds 1–200 records.', { limit: 200 })
  const object = objectOf(reading.generation.model, retention.kind)
  if (reading.access.scope(object, 'read') === 'none') return { nodes: [], hasNextPage: false, endCursor: null }
  const plan = emptyPlan(object)
  const title = object.byKey.get(object.title)!
  if (reading.access.canRead(title)) plan.fields.set(title.key, title)
  const page: Page = await readPage(reading, plan, { filter: outdated(retention), orderBy: [{ field: 'createdAt', direction: 'ASC' }], first, ...(after ? { after } : {}) }, false)
  const sure = await confirmed(engine, readingOf(engine, SYSTEM_CALLER), retention, page.nodes.map((node) => node.id))
  return { nodes: page.nodes.filter((node) => sure.has(node.id)).map((node) => ({ id: node.id, title: String(node[object.title] ?? '') })), hasNextPage: page.hasNextPage, endCursor: page.cursorOf(-1) }
}

/** Each night: proposes, or erases where an administrator switched that on. Who cannot be erased holds up nobody else. */
export async function keepNoLonger(eraser: Eraser): Promise<void> {
  const { engine } = eraser
  for (const retention of await loadRetention(engine.db)) {
    if (retention.mode === 'off') continue
    let failed = 0
    const found: string[] = []
    for (let after: string | null = null; found.length - failed < MOST_IN_A_NIGHT;) {
      const { nodes, hasNextPage, endCursor } = await listOutdated(engine, readingOf(engine, SYSTEM_CALLER), retention, MOST_IN_A_NIGHT, after)
      for (const { id } of nodes) {
        if (found.length - failed >= MOST_IN_A_NIGHT) break
        found.push(id)
        if (retention.mode !== 'erase') continue
        const stillSo: StillSo = async (db) => (await confirmed({ db }, { ...readingOf(engine, SYSTEM_CALLER), db }, retention, [id])).has(id)
        try {
          await (retention.kind === 'intakeItem' ? eraseRequest(eraser, SYSTEM_CALLER, id, stillSo) : erasePerson(eraser, SYSTEM_CALLER, retention.kind, id, stillSo))
        } catch (error) {
          failed++
          engine.log.error({ err: error, object: retention.kind, id }, 'Somebody who is to be kept no longer could not be erased.')
        }
      }
      after = endCursor
      if (!hasNextPage) break
    }
    if (retention.mode === 'propose' && found.length) await propose(engine, retention, found.length, found.length >= MOST_IN_A_NIGHT)
  }
}

async function propose(engine: Engine, { kind }: Retention, count: number, more: boolean): Promise<void> {
  await engine.db.transaction().execute(async (trx) => {
    const { rows: [turn] } = await sql<{ at: Date }>`update core.retention set told_at = now() where kind = ${kind} and (told_at is null or told_at < now() - make_interval(days => ${ASK_AGAIN_DAYS})) returning told_at as at`.execute(trx)
    if (!turn) return
    const roles = rolesWith(engine.live.current.roles, 'privacy.manage').map((role) => role.id)
    const { rows } = await sql<{ id: string }>`select distinct user_id as id from core.user_role where role_id = any(${roles}::uuid[])`.execute(trx)
    const label = objectOf(engine.live.current.model, kind).labelPlural
    const text = Object.fromEntries(LOCALES.map((locale) => [locale, `${textIn(label, locale)}: ${count}${more ? '+' : ''}`]))
    await notify(trx, [{ key: `retention:${kind}:${turn.at.toISOString()}`, kind: 'retention', to: rows.map((r) => r.id), params: { count }, text }])
  })
  engine.afterCommit()
}
