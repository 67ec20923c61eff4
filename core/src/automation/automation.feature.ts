import { sql } from 'kysely'
import { definePlugin, InputError, LimitError, NotFoundError, textIn, type AutomationAction, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import { visibleTitles } from '../changes/changes.ts'
import { halvesOf } from '../conditions/condition.ts'
import { UUID } from '../facts/uuid.ts'
import type { RequestContext } from '../graphql/context.ts'
import { translate } from '../messages/translate.ts'
import { objectOf } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { emptyPlan } from '../records/plan.ts'
import { readPage } from '../records/rows.ts'
import type { Outside, Step } from './actions.ts'
import { automationSdl } from './automation.sdl.ts'
import { createRule, setRuleTrashed, updateRule } from './change.ts'
import { checkRule, type eventsIn, type Outlet, type RuleInput } from './check.ts'
import { tick } from './clock.ts'
import { answer, type Automation } from './listen.ts'
import { cameIn } from './past.ts'
import { recipesIn } from './recipes.ts'
import { loadRules, type Db, type Rule } from './rule.ts'
import { noteFailure, rehearse, runRule, type Cause } from './run.ts'
import { heldByFormula } from './rehearsed.ts'
import { countRuns, listRuns, removeOldRuns, type Run } from './runs.ts'

/** Days that a rehearsal looks back at most. */
const MOST_DAYS = 366

export interface AutomationDeps {
  engine(): Engine
  /** What the plugins of this node offer, with the plugin's id in the key: `sms.send`. */
  offers(): (AutomationAction & { key: string, plugin: string })[]
  /** The own events of the plugins of this node. */
  pluginEvents(): ReturnType<typeof eventsIn>
  /** The addresses outside that rules may tell. */
  outlets(): Promise<Outlet[]>
  tellOutside: Outside['tellOutside']
  enqueue(trx: Db | null, plugin: string, job: string, input: Record<string, unknown>, options?: { key?: string, startAfterSeconds?: number }): Promise<unknown>
}

/** What went wrong is kept in English and told to everybody in his language; why a run was stopped is a code. */
const toldSteps = {
  error: ({ error }: { error: string | null }, _: unknown, ctx: RequestContext) => error && translate(error, ctx.reading.locale),
  steps: ({ steps }: { steps: Step[] }, _: unknown, ctx: RequestContext) => steps.map((step) => (typeof step.error === 'string' ? { ...step, error: translate(step.error, ctx.reading.locale) } : step)),
}

/** Rules without code. Only `automation.manage` sees and changes them. */
export function automationFeature(deps: AutomationDeps): PluginDefinition {
  const automation = (): Automation => ({
    engine: deps.engine(),
    outside: {
      async enqueue(w, action, input) {
        const offer = deps.offers().find((o) => o.key === action)
        if (!offer) throw new Error(`No plugin offers "${action}".`)
        await deps.enqueue(w.db, offer.plugin, offer.job, input)
      },
      tellOutside: (...args) => deps.tellOutside(...args),
    },
    async again(trx, rule, cause) { await deps.enqueue(trx, 'automation', 'again', { rule: rule.id, cause }, { key: `${rule.id}:${cause.key}`, startAfterSeconds: 30 }) },
  })
  const manage = (ctx: RequestContext): void => ctx.access.require('automation.manage')
  const found = async (ctx: RequestContext, id: string): Promise<Rule | null> => (UUID.test(id) ? (await loadRules(ctx.engine.db, { id }))[0] ?? null : null)
  return definePlugin({
    id: 'automation',
    version: '1.0.0',
    // Which events it answers is said by the rules, see `setInterests`.
    on: { 'automation.none': { id: 'answer', run: (events) => answer(automation(), events) } },
    schedules: [
      { id: 'minute', cron: '* * * * *', async run() { await tick(automation()) } },
      { id: 'clean', cron: '40 3 * * *', run: () => removeOldRuns(deps.engine()) },
    ],
    jobs: {
      again: {
        attempts: 8,
        async run(input) {
          const { rule: id, cause } = input as unknown as { rule: string, cause: Cause }
          const { engine, outside } = automation()
          const [rule] = await loadRules(engine.db, { id })
          if (!rule?.active) return
          try {
            await runRule(engine, outside, rule, cause)
          } catch (error) {
            await noteFailure(engine.db, rule, cause, error as Error)
            throw error
          }
        },
      },
    },
    graphql: {
      typeDefs: automationSdl,
      resolvers: {
        Query: {
          automationRules(_: unknown, __: unknown, ctx: RequestContext) { manage(ctx); return loadRules(ctx.engine.db) },
          automationRule(_: unknown, { id }: { id: string }, ctx: RequestContext) { manage(ctx); return found(ctx, id) },
          automationRuns(_: unknown, args: Parameters<typeof listRuns>[1], ctx: RequestContext) { manage(ctx); return listRuns(ctx.reading, args) },
          automationRecipes(_: unknown, __: unknown, ctx: RequestContext) { manage(ctx); return recipesIn(ctx.reading.locale) },
          automationOffers(_: unknown, __: unknown, ctx: RequestContext) {
            manage(ctx)
            return deps.offers().map((o) => ({ key: o.key, label: textIn(o.label, ctx.reading.locale), object: o.object ?? null, input: o.input ?? null }))
          },
          pluginEvents(_: unknown, __: unknown, ctx: RequestContext) {
            if (!ctx.access.capability('webhooks.manage')) manage(ctx)
            return deps.pluginEvents().map(({ name, label, plugin }) => ({ name, label: textIn(label, ctx.reading.locale), plugin }))
          },
          async rehearseAutomation(_: unknown, { input, records, days, first, after }: { input: RuleInput, records?: string[] | null, days: number, first: number, after?: string | null }, ctx: RequestContext) {
            manage(ctx)
            if (first < 1 || first > 50 || (records?.length ?? 0) > 50) throw new LimitError('A rehearsal takes 1–50 records.', { limit: 50 })
            if (days < 1 || days > MOST_DAYS) throw new LimitError('A rehearsal looks back 1–366 days.', { limit: MOST_DAYS })
            const rule: Rule = { ...checkRule(ctx.reading, input, deps.offers(), await deps.outlets()), id: '00000000-0000-0000-0000-000000000000', version: 0, activeSince: new Date(), problem: null }
            const object = objectOf(ctx.reading.generation.model, rule.object)
            // Whoever rehearses wants to see what would be done, not a list of records of which nothing would be.
            const now = new Date()
            const came = records ? null : await cameIn(ctx.engine, rule, object, new Date(now.getTime() - days * 86_400_000), now)
            const byTrigger = came !== null
            const held = records ? null : await heldByFormula(ctx.reading, object, rule.condition, came?.('r') ?? null)
            const filter = records ? { id: { in: records } } : halvesOf(rule.condition).filter
            const only = held ? (alias: string) => sql<boolean>`${sql.ref(`${alias}.id`)} = any(${held.ids}::uuid[])` : came
            const page = await readPage(ctx.reading, emptyPlan(object), { ...(filter ? { filter } : {}), ...(only ? { only } : {}), orderBy: [{ field: 'createdAt', direction: 'DESC' }], first: records ? 50 : first, after }, true)
            const titles = await visibleTitles(ctx.reading, page.nodes.map((node) => [object.name, node.id]))
            const results = []
            for (const { id } of page.nodes) {
              const told = await rehearse(ctx.engine, rule, id, ctx.actor.userId)
              results.push({ record: id, title: titles.get(id) ?? null, meets: told !== null, steps: told?.steps ?? [], error: told?.error?.message ?? null })
            }
            return { nodes: results, byTrigger, total: held ? { value: held.ids.length, exact: held.exact } : page.total, pageInfo: { hasNextPage: page.hasNextPage, hasPreviousPage: page.hasPreviousPage, startCursor: page.cursorOf(0), endCursor: page.cursorOf(-1) } }
          },
        },
        Mutation: {
          async createAutomationRule(_: unknown, { input }: { input: RuleInput }, ctx: RequestContext) { manage(ctx); return found(ctx, await createRule(ctx, input, deps.offers(), await deps.outlets())) },
          async updateAutomationRule(_: unknown, { id, version, input }: { id: string, version: number, input: RuleInput }, ctx: RequestContext) {
            manage(ctx)
            await updateRule(ctx, id, version, input, deps.offers(), await deps.outlets())
            return found(ctx, id)
          },
          async deleteAutomationRule(_: unknown, { id }: { id: string }, ctx: RequestContext) { manage(ctx); await setRuleTrashed(ctx, id, true); return true },
          async restoreAutomationRule(_: unknown, { id }: { id: string }, ctx: RequestContext) { manage(ctx); await setRuleTrashed(ctx, id, false); return found(ctx, id) },
          async retryAutomationRun(_: unknown, { id }: { id: string }, ctx: RequestContext) {
            manage(ctx)
            const { rows: [run] } = UUID.test(id) ? await sql<{ rule_id: string, cause: Cause }>`select rule_id, cause from core.automation_run where id = ${id} and state = 'failed'`.execute(ctx.engine.db) : { rows: [] }
            if (!run) throw new NotFoundError('There is no such run that failed.', { id })
            if (!(await loadRules(ctx.engine.db, { active: true, id: run.rule_id })).length) throw new InputError('The rule is switched off.')
            await deps.enqueue(null, 'automation', 'again', { rule: run.rule_id, cause: run.cause }, { key: `${run.rule_id}:${run.cause.key}` })
            return true
          },
        },
        AutomationRule: {
          problem: (rule: Rule, _: unknown, ctx: RequestContext) => rule.problem && translate(rule.problem, ctx.reading.locale),
          runs: (rule: Rule, _: unknown, ctx: RequestContext) => countRuns(ctx.reading, rule.id),
        },
        AutomationRehearsal: toldSteps,
        AutomationRun: { ...toldSteps, cause: (run: Run) => run.cause.name, state: (run: Run) => run.state.toUpperCase(), at: (run: Run) => run.at.toISOString() },
      } as unknown as Resolvers,
    },
  })
}
