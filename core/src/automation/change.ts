import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, InputError, NotFoundError } from '@kartotek/sdk'
import { keepConfiguration } from '../changes/configuration.ts'
import { setInterests } from '../events/index.ts'
import { UUID } from '../facts/uuid.ts'
import type { RequestContext } from '../graphql/context.ts'
import { checkRule, type Offer, type Outlet, type RuleInput, type Wanted } from './check.ts'
import { eventsOf, loadRules, type Db, type Rule } from './rule.ts'

const MOST_RULES = 500

export async function createRule(ctx: RequestContext, input: RuleInput, offers: readonly Offer[], outlets: readonly Outlet[]): Promise<string> {
  const rule = checkRule(ctx.reading, input, offers, outlets)
  const id = uuidv7()
  await ctx.engine.db.transaction().execute(async (trx) => {
    await sql`lock table core.automation_rule in share row exclusive mode`.execute(trx)
    if ((await loadRules(trx)).length >= MOST_RULES) throw new InputError(`At most ${MOST_RULES} rules.`)
    await sql`insert into core.automation_rule (id, name, object, active, trigger, condition, actions, created_by)
      values (${id}, ${rule.name}, ${rule.object}, ${rule.active}, ${JSON.stringify(rule.trigger)}, ${json(rule.condition)}, ${JSON.stringify(rule.actions)}, ${ctx.actor.userId})`.execute(trx)
    await listenAnew(trx)
    await keep(trx, ctx, id, null, rule)
  })
  return id
}

/** @throws ConflictError with a stale version */
export async function updateRule(ctx: RequestContext, id: string, version: number, input: RuleInput, offers: readonly Offer[], outlets: readonly Outlet[]): Promise<void> {
  const rule = checkRule(ctx.reading, input, offers, outlets)
  await ctx.engine.db.transaction().execute(async (trx) => {
    const before = await locked(trx, id)
    if (before.version !== version) throw new ConflictError('Somebody changed this rule meanwhile. Look at it again.', { id, version: before.version })
    // What is switched on, or waits for another time, begins now.
    const anew = rule.active && (!before.active || JSON.stringify(before.trigger) !== JSON.stringify(rule.trigger))
    await sql`update core.automation_rule set name = ${rule.name}, object = ${rule.object}, active = ${rule.active}, trigger = ${JSON.stringify(rule.trigger)}, condition = ${json(rule.condition)},
      actions = ${JSON.stringify(rule.actions)}, problem = null, version = version + 1 ${anew ? sql`, active_since = now(), looked_until = null` : sql``} where id = ${id}`.execute(trx)
    await listenAnew(trx)
    await keep(trx, ctx, id, before, rule)
  })
}

/** To the trash, or back from it, switched off: who switches it on must be allowed all that it does. What ran stays in the log. */
export async function setRuleTrashed(ctx: RequestContext, id: string, trashed: boolean): Promise<void> {
  await ctx.engine.db.transaction().execute(async (trx) => {
    const before = trashed ? await locked(trx, id) : null
    const { rows } = await sql<{ id: string }>`update core.automation_rule set trashed_at = ${trashed ? sql`now()` : null}, active = false, version = version + 1
      where id = ${UUID.test(id) ? id : null}::uuid and (trashed_at is null) = ${trashed} returning id`.execute(trx)
    if (!rows.length) throw new NotFoundError('There is no such rule.', { id })
    await listenAnew(trx)
    await keep(trx, ctx, id, before, trashed ? null : (await loadRules(trx, { id }))[0]!)
  })
}

async function locked(trx: Db, id: string): Promise<Rule> {
  if (UUID.test(id)) await sql`select 1 from core.automation_rule where id = ${id} for update`.execute(trx)
  const [rule] = UUID.test(id) ? await loadRules(trx, { id }) : []
  if (!rule) throw new NotFoundError('There is no such rule.', { id })
  return rule
}

/** Only events that a rule waits for cost anything. */
async function listenAnew(trx: Db): Promise<void> {
  const rules = await loadRules(trx, { active: true })
  await setInterests(trx, 'automation', 'answer', [...new Set(rules.flatMap(eventsOf))])
}

async function keep(trx: Db, ctx: RequestContext, id: string, before: Wanted | null, after: Wanted | null): Promise<void> {
  const state = (rule: Wanted | null): object | null => rule && { name: rule.name, active: rule.active, trigger: rule.trigger, condition: rule.condition, actions: rule.actions }
  const { name, object } = (after ?? before)!
  await keepConfiguration(trx, ctx.caller, { subject: 'automation', id, object, name: { en: name }, before: state(before), after: state(after) })
}

const json = (value: object | null): string | null => (value ? JSON.stringify(value) : null)
