import { CompiledQuery, type RootOperationNode } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import { due, lookOf } from './clock.ts'
import type { Rule } from './rule.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())

it('looks each run up by its key, also where the planner does not know yet that there are any', async () => {
  const { engine } = crm.kartotek
  const rule: Rule = { id: uuidv7(), name: 'daily', object: 'client', active: true, trigger: { on: 'schedule', every: 'day', time: '09:00' }, condition: null, actions: [], version: 1, problem: null, activeSince: new Date() }
  const asked: RootOperationNode[] = []
  const db = engine.db.withPlugin({ transformQuery: ({ node }) => { asked.push(node); return node }, transformResult: async ({ result }) => result })
  await due({ ...engine, live: engine.live, db }, rule, lookOf(engine, rule, new Date()), '00000000-0000-0000-0000-000000000000', 200)
  const { sql: text, parameters } = engine.db.getExecutor().compileQuery(asked.at(-1)!, { queryId: 'due' })
  const { rows } = await engine.db.executeQuery<{ 'QUERY PLAN': string }>(CompiledQuery.raw(`explain ${text}`, [...parameters]))
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  expect(plan).not.toContain('Join')
  expect(plan).toMatch(/using automation_run_rule_id_key_key on automation_run r .*\n\s+Index Cond: \(\(rule_id = .*\) AND \(key >= /)
})
