import { DomainError, UnavailableError, type Guard, type GuardRecord, type PluginContext, type PluginDefinition } from '@kartotek/sdk'
import { matchesPattern } from '../events/index.ts'
import { invokeWithin } from './invoke.ts'

const DEFAULT_BUDGET_MS = 100
/** A guard slower than this share of its budget is logged. */
const SLOW_SHARE = 0.5

/** Makes the context of a guard: the caller's rights, inside the write transaction. */
export type GuardContext = (plugin: PluginDefinition, signal: AbortSignal) => PluginContext

/** Hears of a guard that broke. */
export type GuardBroke = (plugin: string, site: string, error: unknown) => void

/**
 * Asks the guards of all running plugins whether a write may happen, one after the other, each with all records at once.
 * Fails closed: a guard that does not answer within its budget, or breaks, refuses the write and is named.
 * @param action `client.update`, `client.delete`, `order.stage` …
 * @throws what a guard throws as a DomainError; UnavailableError with `plugin` and `guard` otherwise
 */
export async function runGuards(plugins: Iterable<PluginDefinition>, action: string, records: GuardRecord[], contextOf: GuardContext, broke: GuardBroke = () => undefined): Promise<void> {
  if (!records.length) return
  for (const plugin of plugins) {
    for (const [pattern, guard] of Object.entries(plugin.guards ?? {})) {
      if (matchesPattern(pattern, action)) await runGuard(plugin, guard, records, contextOf, broke)
    }
  }
}

/** Whether any plugin guards the action: a write without guards needs no `before`. */
export function isGuarded(plugins: Iterable<PluginDefinition>, action: string): boolean {
  for (const plugin of plugins) if (Object.keys(plugin.guards ?? {}).some((pattern) => matchesPattern(pattern, action))) return true
  return false
}

async function runGuard(plugin: PluginDefinition, guard: Guard, records: GuardRecord[], contextOf: GuardContext, broke: GuardBroke): Promise<void> {
  const budget = guard.budgetMs ?? DEFAULT_BUDGET_MS
  const started = performance.now()
  let log: PluginContext['log'] | undefined
  try {
    await invokeWithin({ plugin: plugin.id, site: `guard ${guard.id}` }, budget, (signal) => {
      const ctx = contextOf(plugin, signal)
      log = ctx.log
      return guard.run(records, ctx)
    })
  } catch (error) {
    if (error instanceof DomainError) throw error
    broke(plugin.id, `guard ${guard.id}`, error)
    log?.error({ err: error, guard: guard.id }, 'A guard broke; the write was refused.')
    throw new UnavailableError(`The check "${guard.id}" of the plugin ${plugin.id} did not succeed, so nothing was saved. Try again, or ask an administrator.`, {
      plugin: plugin.id, guard: guard.id,
    })
  }
  const ms = performance.now() - started
  if (ms > budget * SLOW_SHARE) log?.warn({ guard: guard.id, ms: Math.round(ms), budgetMs: budget }, 'A guard is slow.')
}
