import { sql } from 'kysely'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { openKartotek } from '../kartotek.ts'
import { testLog } from '../testing/index.ts'
import { tick } from './clock.ts'
import { attempt, type Automation } from './listen.ts'
import { loadRules } from './rule.ts'
import type { Cause } from './run.ts'
import { removeOldRuns } from './runs.ts'
import { testAutomation } from './testing.ts'

const { crm, engine, admin, boris, one, rule, remove, client, update, tasksOf, runs, automation } = await testAutomation()
afterAll(() => crm.close())

describe('a run', () => {
  const stuckOrder = async (subject: string) => {
    const id = (await one(admin, 'mutation ($subject: String!) { createOrder(input: { subject: $subject }) { id } }', { subject })).createOrder.id as string
    await sql`update core."order" set stage_entered_at = now() - interval '3 hours' where id = ${id}`.execute(engine.db)
    return { id, input: { object: 'order', trigger: { on: 'stuck', hours: 2 }, condition: { subject: { eq: subject } } } }
  }

  it('that failed is noted only together with its next attempt', async () => {
    const { input } = await stuckOrder('Fails')
    const { id } = await rule({ ...input, actions: [{ do: 'set', field: 'subject', expression: 'left(subject + subject + subject + subject, 1000)' }, { do: 'assign', to: ['00000000-0000-4000-8000-000000000000'] }] })
    const dead: Automation = { ...automation(), again: async () => { throw new Error('the queue is away') } }
    await tick(dead)
    expect(await runs(id)).toEqual([])
    const asked: unknown[] = []
    const wakes: Automation = { ...automation(), again: async (trx) => { asked.push((await sql<{ n: number }>`select count(*)::int as n from core.automation_run where rule_id = ${id}`.execute(trx)).rows[0]!.n, (await runs(id)).length) } }
    await tick(wakes)
    expect(asked).toEqual([1, 0])
    expect(await runs(id)).toMatchObject([{ state: 'FAILED' }])
    await remove(id)
  })

  it('that failed tells what was done and taken back, and which action failed why', async () => {
    const { input } = await stuckOrder('Half')
    const { id } = await rule({ ...input, actions: [{ do: 'set', field: 'subject', value: 'Changed' }, { do: 'assign', to: ['00000000-0000-4000-8000-000000000000'] }, { do: 'note', text: 'Never' }] })
    await tick(automation())
    const set = { do: 'set', field: 'subject', value: 'Changed' }
    const reason = 'Nobody is there to be given the record.'
    expect(await runs(id)).toMatchObject([{ state: 'FAILED', error: reason, steps: [set, { do: 'assign', error: reason }], attempts: 1 }])
    const russian = { ...admin, actor: { ...admin.actor, locale: 'ru' as const } }
    const told = 'Некому передать запись.'
    const asked = (await one(russian, 'query ($id: ID!) { automationRuns(rule: $id) { nodes { error steps } } }', { id })).automationRuns.nodes
    expect(asked).toEqual([{ error: told, steps: [set, { do: 'assign', error: told }] }])
    // Tried again: the second attempt's steps stand in the place of the first one's.
    const [saved] = await loadRules(engine.db, { id })
    saved!.actions.shift()
    const { rows: [run] } = await sql<{ cause: Cause }>`select cause from core.automation_run where rule_id = ${id}`.execute(engine.db)
    await attempt(automation(), saved!, run!.cause)
    expect(await runs(id)).toMatchObject([{ attempts: 2, steps: [{ do: 'assign', error: reason }] }])
    await remove(id)
  })

  it('tells one person of each of its actions', async () => {
    const { id } = await rule({ trigger: { on: 'created' }, actions: [{ do: 'notify', to: [boris.actor.userId], text: 'First' }, { do: 'notify', to: [boris.actor.userId], text: 'Second' }] })
    const record = await client('Told twice')
    await crm.drain()
    const { rows } = await sql<{ text: string }>`select text from core.notification where kind = 'automation' and record_id = ${record} order by text`.execute(engine.db)
    expect(rows.map((r) => r.text)).toEqual(['First', 'Second'])
    await remove(id)
  })

  it('asks its condition again when another one of the record has ended', async () => {
    const { id } = await rule({ object: 'order', trigger: { on: 'changed' }, condition: { withoutNextStep: true }, actions: [{ do: 'createTask', title: 'Next', assignee: admin.actor.userId }] })
    const order = (await one(admin, 'mutation { createOrder(input: { subject: "Twice" }) { id } }')).createOrder.id as string
    const [saved] = await loadRules(engine.db, { id })
    const second = { key: 'event:b', name: 'order.updated', recordId: order }
    let other: Promise<unknown> | undefined
    saved!.actions.push({ do: 'plugin', action: 'sms.send', input: {} })
    const slow: Automation = { ...automation(), outside: { tellOutside: async () => undefined, async enqueue() {
      // The first one has its task, which nobody else sees yet.
      other = attempt(automation(), saved!, second)
      await Promise.race([other, vi.waitFor(async () => expect((await sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(engine.db)).rows).not.toEqual([]), { timeout: 20_000 })])
    } } }
    await attempt(slow, saved!, { key: 'event:a', name: 'order.updated', recordId: order })
    await other
    expect(await tasksOf(order)).toHaveLength(1)
    expect(await runs(id)).toHaveLength(1)
    await remove(id)
  })

  it('of a stay is kept as long as the stay, whatever its age', async () => {
    const { id: order, input } = await stuckOrder('Long')
    const { id } = await rule({ ...input, actions: [{ do: 'note', text: 'Stuck' }] })
    await tick(automation())
    const ages = () => sql`update core.automation_run set at = now() - interval '200 days' where rule_id = ${id}`.execute(engine.db)
    const [first] = await runs(id)
    await ages()
    await removeOldRuns(engine)
    await tick(automation())
    expect((await runs(id)).map((r) => r.id)).toEqual([first!.id])
    await ages()
    await sql`update core."order" set stage_entered_at = now() where id = ${order}`.execute(engine.db)
    await removeOldRuns(engine)
    expect(await runs(id)).toEqual([])
    await remove(id)
  })

  it('that failed ends when its condition no longer holds, and is not retried by a rule that is off', async () => {
    await one(admin, 'mutation { createField(object: "client", input: { name: "short", type: text, maxLength: 3, labels: { en: "Short" } }) { key } }')
    const input = { name: 'Fails', object: 'client', trigger: { on: 'changed', fields: ['industry'] }, condition: { industry: { ne: 'calm' } }, actions: [{ do: 'set', field: 'custom.short', expression: 'industry' }] }
    const { id, version } = await rule(input)
    const record = await client('Calmed')
    await update(record, { industry: 'far too long' })
    await crm.drain()
    const [failed] = await runs(id)
    expect(failed).toMatchObject({ state: 'FAILED' })
    const retry = () => crm.query(admin, 'mutation ($id: ID!) { retryAutomationRun(id: $id) }', { id: failed!.id })
    const save = (v: number, active: boolean) => one(admin, 'mutation ($id: ID!, $v: Int!, $input: AutomationRuleInput!) { updateAutomationRule(id: $id, version: $v, input: $input) { id } }', { id, v, input: { ...input, active } })
    await save(version, false)
    expect((await retry()).errors![0]!.message).toBe('The rule is switched off.')
    await save(version + 1, true)
    await update(record, { industry: 'calm' })
    await crm.drain()
    expect((await retry()).errors).toBeUndefined()
    await crm.drain()
    expect(await runs(id)).toMatchObject([{ id: failed!.id, state: 'STOPPED', error: 'condition' }])
    await remove(id)
  })
})

describe('two nodes', () => {
  it('run a rule once for each cause', async () => {
    const other = await openKartotek({ db: crm.kartotek.db, log: testLog, secret: 'a secret of the tests, thirty-two characters long', filesDir: crm.dataDir, accounts: { publicUrl: 'http://127.0.0.1:3000' }, work: false })
    const { id } = await rule({ trigger: { on: 'stuck', hours: 1 }, object: 'order', condition: { subject: { eq: 'Both' } }, actions: [{ do: 'createTask', title: 'Push', assignee: admin.actor.userId }] })
    const orders = []
    for (let i = 0; i < 8; i++) orders.push((await one(admin, 'mutation { createOrder(input: { subject: "Both" }) { id } }')).createOrder.id as string)
    await sql`update core."order" set stage_entered_at = now() - interval '2 hours' where id = any(${orders}::uuid[])`.execute(engine.db)
    await Promise.all([tick(automation()), tick({ ...automation(), engine: other.engine })])
    expect(await runs(id)).toHaveLength(8)
    for (const order of orders) expect(await tasksOf(order)).toHaveLength(1)
    await other.close()
    await remove(id)
  })

  it('do what one of them left when it died in the middle', async () => {
    const { id } = await rule({ trigger: { on: 'created' }, actions: [{ do: 'note', text: 'Once' }] })
    const record = await client('Interrupted')
    const [saved] = await loadRules(engine.db, { id })
    // What a killed process leaves: nothing, because its transaction never ended.
    await attempt(automation(), saved!, { key: 'event:x', name: 'client.created', recordId: record })
    await attempt(automation(), saved!, { key: 'event:x', name: 'client.created', recordId: record })
    expect((await runs(id)).filter((r) => r.title === 'Interrupted')).toHaveLength(1)
    await remove(id)
  })
})
