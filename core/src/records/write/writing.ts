import { sql, type Kysely } from 'kysely'
import type { EntityManager } from '@mikro-orm/postgresql'
import { uuidv7 } from 'uuidv7'
import { UnavailableError } from '@kartotek/sdk'
import { accessOf, type Engine } from '../engine.ts'
import type { Reading } from '../reading.ts'
import type { Caller } from '../../access/caller.ts'
import type { Summary } from '../../changes/summary.ts'
import { writeEvents, type NewEvent } from '../../events/index.ts'
import type { Generation } from '../../model/generation.ts'

/** One row of the audit trail: what one action did to one record. */
export interface Change {
  object: string
  recordId: string
  rootObject: string
  rootId: string
  action: 'create' | 'update' | 'archive' | 'restore' | 'trash' | 'delete'
  version: number
  /** Keys of changed fields and lists. */
  fields: string[]
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}

/** A gate that was passed without being met, by a named capability: kept with the change set. */
export interface PassedGate { object: string, id: string, stage: string, missing: object[] }

/** A record that a new one resembles, and by what. */
export interface Alike { object: string, id: string, kinds: string[] }

/** One transaction and one change set. Everything written in it belongs to one action that can be looked at and reverted. */
export interface Writing extends Reading {
  engine: Engine
  caller: Caller
  em: EntityManager
  changeSetId: string
  /** The moment of the action; one for all its records. */
  now: Date
  /** Gates are reported and flagged, not enforced. */
  passGates: boolean
  changes: Change[]
  events: NewEvent[]
  passed: PassedGate[]
  /** New records that were written although others may be the same: kept with the change set. */
  despite: { object: string, id: string, duplicates: { object: string, id: string }[] }[]
  /** Of an import: what was there that its new records, by their ids, resemble. */
  alike: Map<string, Alike[]>
  /** What is cleared away when all of it is committed; must not fail. */
  afterCommit: (() => Promise<void>)[]
}

export interface WritingOptions {
  /** What the action is, for the list of change sets: a name that somebody gave (`clients.csv`), or a text of ours. */
  summary?: string | Summary
  /** Pass gates without meeting them: needs the capability `gates.pass`, and is flagged. */
  passGates?: boolean
  /** Rules of automation do not answer to what is written (an import of old data). */
  withoutRules?: boolean
  /** The change set that this one reverts. */
  reverts?: string
  /** It makes two records one: it is undone as a whole, and not as other changes are. */
  merge?: boolean
  /** Continue a change set that earlier transactions of the same action began (a long import). */
  changeSetId?: string
  /** The mutation that it is, by which later requests may go on in its change set, see `checkContinued`. */
  operation?: string
  statementTimeoutMs?: number
}

const ATTEMPTS = 4

/**
 * Runs `work` in one transaction of one change set; events and audit trail are written with it, or nothing is.
 * The generation is the newest: both revisions are locked against change for the length of the transaction, so that a
 * node that is behind cannot write by old rules.
 */
export async function write<T>(engine: Engine, caller: Caller, options: WritingOptions, work: (writing: Writing) => Promise<T>): Promise<{ result: T, changeSetId: string | null }> {
  for (let attempt = 1; ; attempt++) {
    const generation = engine.live.current
    const em = generation.fork()
    await em.begin()
    const trx = em.getTransactionContext<Kysely<never>>()!
    try {
      if (await isBehind(trx, generation)) {
        await em.rollback()
        if (attempt === ATTEMPTS) throw new UnavailableError('The model is being changed; try again in a moment.', { retryAfterSeconds: 1 })
        await engine.live.refresh()
        continue
      }
      if (options.statementTimeoutMs) await sql`set local statement_timeout = ${sql.lit(options.statementTimeoutMs)}`.execute(trx)
      const access = accessOf(engine, generation, caller.actor)
      if (options.passGates) access.require('gates.pass')
      const writing: Writing = {
        engine, caller, em, generation, access, db: trx, locale: caller.actor.locale, changeSetId: options.changeSetId ?? uuidv7(), now: new Date(),
        passGates: options.passGates ?? false, changes: [], events: [], passed: [], despite: [], alike: new Map(), afterCommit: [],
      }
      const result = await work(writing)
      await finish(writing, options)
      await em.commit()
      if (writing.events.length) engine.afterCommit()
      for (const clear of writing.afterCommit) await clear()
      return { result, changeSetId: writing.changes.length ? writing.changeSetId : null }
    } catch (error) {
      if (em.isInTransaction()) await em.rollback().catch(() => undefined)
      throw error
    }
  }
}

async function isBehind(trx: Kysely<never>, generation: Generation): Promise<boolean> {
  const { rows } = await sql<{ shape: string, rules: string }>`select shape, rules from core.revision for share`.execute(trx)
  return Number(rows[0]!.shape) !== generation.shape || Number(rows[0]!.rules) !== generation.rules
}

async function finish(w: Writing, options: WritingOptions): Promise<void> {
  if (!w.changes.length) return
  const { actor, origin } = w.caller
  const { summary } = options
  const roots = new Set(w.changes.map((c) => c.rootId)).size
  const flags = {
    ...(w.passed.length ? { passedGates: w.passed.slice(0, 1_000), passedGatesCount: w.passed.length } : {}),
    ...(w.despite.length ? { despite: w.despite.slice(0, 1_000) } : {}), ...(options.merge ? { merge: true } : {}), ...(options.withoutRules ? { withoutRules: true } : {}),
    ...(options.operation ? { operation: options.operation } : {}),
  }
  const set = sql`insert into core.change_set (id, at, actor_kind, actor_id, user_id, actor_name, origin, summary, message, object, records, flags, reverts)
    values (${w.changeSetId}, ${w.now}, ${actor.kind}, ${actor.id}, ${actor.userId}, ${actor.name}, ${origin}, ${typeof summary === 'string' ? summary : null}, ${typeof summary === 'object' ? JSON.stringify(summary) : null}::jsonb,
      ${w.changes[0]!.rootObject}, ${roots}, ${JSON.stringify(flags)}, ${options.reverts ?? null})
    on conflict (id) do update set records = core.change_set.records + excluded.records, flags = excluded.flags || core.change_set.flags
      || jsonb_strip_nulls(jsonb_build_object('passedGatesCount', nullif(coalesce((core.change_set.flags->>'passedGatesCount')::int, 0) + coalesce((excluded.flags->>'passedGatesCount')::int, 0), 0)))`
  for (let i = 0; i < w.changes.length; i += 2_000) {
    const rows = w.changes.slice(i, i + 2_000).map((c) => ({ ...c, id: uuidv7() }))
    await sql`${i ? sql`` : sql`with s as (${set})`} insert into core.change (id, change_set_id, object, record_id, root_object, root_id, action, version, fields, before, after)
      select id, ${w.changeSetId}::uuid, object, "recordId", "rootObject", "rootId", action, version, fields, before, after
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as c (id uuid, object text, "recordId" uuid, "rootObject" text, "rootId" uuid,
        action text, version int, fields text[], before jsonb, after jsonb)`.execute(w.db)
  }
  await writeEvents(w.db, w.events)
}
