import type { Kysely } from 'kysely'
import type { Actor, Computation, GuardRecord, Log } from '@kartotek/sdk'
import { compileAccess, type Access, type Needs } from '../access/access.ts'
import type { Caller } from '../access/caller.ts'
import type { MatchRules } from '../duplicates/keys.ts'
import type { Generation } from '../model/generation.ts'
import type { LiveModel } from '../model/live.ts'
import type { Reading } from './reading.ts'
import type { ObjectModel } from '../model/model.ts'
import type { Draft } from './write/draft.ts'
import type { Writing } from './write/writing.ts'

/** Vetoes of plugins inside the transaction. */
export interface Guards {
  /** Whether anyone guards `object.action`; without guards no record is read for them. */
  has(action: string): boolean
  run(action: string, records: GuardRecord[], writing: Writing): Promise<void>
}

/** All that reading and writing records needs; made once by the composition root. */
export interface Engine {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
  db: Kysely<any>
  live: LiveModel
  guards: Guards
  /** Looks at new records before they are written, and may refuse them by their `error`. */
  screen?(writing: Writing, object: ObjectModel, drafts: Draft[]): Promise<void>
  /** Files that writes bring as uploads in fields. */
  files?: {
    /** Takes note of uploads in the drafts' fields: each gets the id of its future file. Refuses those that cannot become one. */
    announce(writing: Writing, drafts: Draft[]): Promise<void>
    /** Makes the files of drafts that were written. */
    keep(writing: Writing, drafts: Draft[]): Promise<void>
  }
  /** What records are recognised by, as the company set it. */
  matchRules(db: Reading['db']): Promise<MatchRules>
  computations: ReadonlyMap<string, readonly Computation[]>
  log: Log
  /** Rights of a plugin's own code. */
  needsOf(plugin: string): Needs | undefined
  /** Called after each commit that wrote events. */
  afterCommit(): void
}

const cache = new WeakMap<Generation, Map<string, Access>>()

/** The rights of an actor in a generation. Kept per actor as long as the generation lives and his roles are the same. */
export function accessOf(engine: Pick<Engine, 'needsOf'>, generation: Generation, actor: Actor): Access {
  let accesses = cache.get(generation)
  if (!accesses) cache.set(generation, accesses = new Map())
  const key = `${actor.kind}:${actor.id}:${actor.userId}:${actor.locale}:${actor.roleIds.join()}:${actor.closedBy?.join() ?? ''}:${actor.narrowedTo ? JSON.stringify(actor.narrowedTo) : ''}:${actor.teamIds.join()}:${actor.hasShares}:${actor.standsIn ?? false}`
  let access = accesses.get(key)
  if (!access) {
    if (accesses.size > 5_000) accesses.clear()
    accesses.set(key, access = compileAccess(generation.model, generation.roles, actor, actor.kind === 'plugin' ? engine.needsOf(actor.id) : undefined))
  }
  return access
}

/** Reads as this caller, over the newest generation. */
export function readingOf(engine: Engine, caller: Pick<Caller, 'actor'>, generation = engine.live.current): Reading {
  return { generation, access: accessOf(engine, generation, caller.actor), db: engine.db, locale: caller.actor.locale }
}
