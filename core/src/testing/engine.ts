import { uuidv7 } from 'uuidv7'
import type { Actor, PluginDefinition } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import type { RoleRules } from '../access/roles.ts'
import { objectFeatures } from '../core-features.ts'
import type { Database } from '../database/index.ts'
import { matchRules } from '../duplicates/rules.ts'
import type { CompanyRules } from '../model/generation.ts'
import { LiveModel } from '../model/live.ts'
import type { Engine } from '../records/engine.ts'
import { testLog } from './index.ts'

const COMPANY: CompanyRules = { country: 'FI', currency: 'EUR', timeZone: 'Europe/Helsinki', locale: 'en' }

/** A record engine over a test database, without server and plugins. */
export async function testEngine(db: Database, more: PluginDefinition[] = [], company = COMPANY): Promise<Engine> {
  const features = [...objectFeatures(() => company), ...more]
  const computations = new Map<string, NonNullable<PluginDefinition['compute']>[string][]>()
  for (const f of features) for (const [object, c] of Object.entries(f.compute ?? {})) computations.set(object, [...computations.get(object) ?? [], c])
  const live = await LiveModel.open({ db: db.kysely, known: new Set(features.map((f) => f.id)), company: async () => company }, testLog)
  return { db: db.kysely, live, guards: { has: () => false, run: async () => undefined }, matchRules: (reader) => matchRules(reader, {}, company), computations, log: testLog, needsOf: () => undefined, afterCommit: () => undefined }
}

/** A role with these rules, inserted plainly; gives its key. */
export async function testRole(engine: Engine, rules: RoleRules): Promise<string> {
  const id = uuidv7()
  const key = `role_${id.slice(-8)}`
  await engine.db.insertInto('core.role').values({ id, key, name: JSON.stringify({ en: key }), rules: JSON.stringify(rules), position: 100 }).execute()
  await engine.db.updateTable('core.revision').set((e) => ({ rules: e('rules', '+', 1) })).execute()
  await engine.live.refresh()
  return key
}

/** A user with roles, inserted plainly. */
export async function testUser(engine: Engine, roleKey: string, more: Partial<Actor> = {}): Promise<Caller> {
  const id = uuidv7()
  const role = engine.live.current.roles.find((r) => r.key === roleKey)
  if (!role) throw new Error(`There is no role "${roleKey}".`)
  const name = `${roleKey} ${id.slice(-4)}`
  await engine.db.insertInto('core.user').values({ id, name, email: `${id}@example.com`, active: true }).execute()
  await engine.db.insertInto('core.user_role').values({ user_id: id, role_id: role.id }).execute()
  return { origin: 'api', actor: { kind: 'user', id, userId: id, name, locale: 'en', roleIds: [role.id], teamIds: [], hasShares: false, ...more } }
}
