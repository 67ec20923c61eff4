import type { Actor, PluginContext, PluginDefinition } from '@kartotek/sdk'
import type { Database } from '../database/index.ts'
import { unpackEvents, type PackedEvent } from '../events/index.ts'
import { queueName, type Worker, type WorkRun } from '../jobs/index.ts'
import { compileInput } from './job-input.ts'
import { invoke } from './invoke.ts'
import { webhookWorkers } from './received.ts'
import type { ContextOptions } from './context.ts'

/** Makes the context of background code of a plugin. */
export type BackgroundContext = (plugin: PluginDefinition, options: ContextOptions, actor?: Actor) => PluginContext

/** Seconds that a handler of events that says nothing of it, or a schedule, may take. */
const HANDLER_SECONDS = 120
const SCHEDULE_SECONDS = 900

/** The background work that a plugin declares, as workers of the job runner. */
export function workersOf(plugin: PluginDefinition, db: Database, contextOf: BackgroundContext): Worker[] {
  const context = (run: WorkRun, onBehalfOf?: string | null): PluginContext =>
    contextOf(plugin, { signal: run.signal, lease: run.lease, onBehalfOf })
  const jobs = Object.entries(plugin.jobs ?? {}).map(([name, job]): Worker => ({
    queue: queueName(plugin.id, 'job', name), plugin: plugin.id, kind: 'job', name,
    attempts: job.attempts, concurrency: job.concurrency, timeoutSeconds: job.timeoutSeconds, backoff: job.backoff, retrySeconds: job.retrySeconds, rate: job.rate,
    check: compileInput(`The job ${plugin.id}.${name}`, job.input),
    run: async ({ input = {}, onBehalfOf }, run) => invoke({ plugin: plugin.id, site: `job ${name}` }, () => job.run(input, context(run, onBehalfOf))),
  }))
  const handlers = Object.values(plugin.on ?? {}).map((handler): Worker => ({
    queue: queueName(plugin.id, 'on', handler.id), plugin: plugin.id, kind: 'on', name: handler.id, timeoutSeconds: handler.timeoutSeconds ?? HANDLER_SECONDS,
    run: async ({ events = [] }, run) => invoke({ plugin: plugin.id, site: `handler ${handler.id}` }, () => handler.run(unpackEvents(events as PackedEvent[]), context(run))),
  }))
  const schedules = (plugin.schedules ?? []).map((schedule): Worker => ({
    queue: queueName(plugin.id, 'schedule', schedule.id), plugin: plugin.id, kind: 'schedule', name: schedule.id, cron: schedule.cron,
    timeoutSeconds: SCHEDULE_SECONDS,
    run: async (_, run) => invoke({ plugin: plugin.id, site: `schedule ${schedule.id}` }, () => schedule.run(context(run))),
  }))
  return [...jobs, ...handlers, ...schedules, ...webhookWorkers(plugin, db, context)]
}
