import { sql, type Kysely } from 'kysely'
import { InputError } from '@kartotek/sdk'
import type { Generation } from '../model/generation.ts'
import { SHARED } from '../views/saved.ts'
import { loadEndpoints } from '../webhooks/endpoint.ts'

/**
 * Ids of one company mean nothing in another: in a file, stages, pipelines and roles are named by keys, people by e-mail, teams,
 * webhooks and shared segments by name. `@stage/order/sales/new`, `@user/anna@example.com`.
 */
export interface References {
  /** A value with names instead of ids, at any depth. Ids of anything else stay. */
  named<T>(value: T): T
  /** The value with this company's ids. @throws InputError naming what this company does not have, or has twice */
  resolved<T>(value: T): T
}

const NAMED = /^@(?:stage|pipeline|role|user|team|webhook|segment)\//

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export async function loadReferences(db: Kysely<any>, generation: Generation): Promise<References> {
  const { rows: users } = await sql<{ id: string, email: string }>`select id, email from core."user" where email is not null and trashed_at is null`.execute(db)
  const { rows: teams } = await sql<{ id: string, name: string }>`select id, name from core.team where trashed_at is null order by id`.execute(db)
  const { rows: segments } = await sql<{ id: string, object: string, name: string }>`select id, object, name from core.segment where trashed_at is null and ${SHARED} order by id`.execute(db)
  const names = new Map<string, string>()
  for (const pipeline of generation.pipelines) {
    names.set(pipeline.id, `@pipeline/${pipeline.object}/${pipeline.key}`)
    for (const stage of pipeline.stages) names.set(stage.id, `@stage/${pipeline.object}/${pipeline.key}/${stage.key}`)
  }
  for (const role of generation.roles) names.set(role.id, `@role/${role.key}`)
  for (const user of users) names.set(user.id, `@user/${user.email}`)
  for (const team of teams) names.set(team.id, `@team/${team.name}`)
  for (const webhook of await loadEndpoints(db)) names.set(webhook.id, `@webhook/${webhook.name}`)
  for (const segment of segments) names.set(segment.id, `@segment/${segment.object}/${segment.name}`)
  const ids = Map.groupBy(names, ([, name]) => name)
  return {
    named: (value) => walk(value, (text) => names.get(text) ?? text),
    resolved: (value) => walk(value, (text) => {
      if (!NAMED.test(text)) return text
      const [one, another] = ids.get(text) ?? []
      if (!one) throw new InputError(`This company has no ${text}.`)
      // Nobody would know of the wrong one of two.
      if (another) throw new InputError(`This company has several ${text}: rename one of them.`)
      return one[0]
    }),
  }
}

function walk<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T
  if (Array.isArray(value)) return value.map((item: unknown) => walk(item, change)) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner as unknown, change)])) as T
}
