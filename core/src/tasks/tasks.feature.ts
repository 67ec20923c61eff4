import { definePlugin, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import type { RequestContext } from '../graphql/context.ts'
import type { Engine } from '../records/engine.ts'
import { computeParticipants, computeReminders, computeTasks } from './compute.ts'
import { countTasks } from './counters.ts'
import { remind } from './reminders.ts'
import { continueDue, continueSeries } from './series.ts'
import { taskObjects } from './task-objects.ts'

const typeDefs = `
"""One's own open tasks."""
type TaskCounters {
  open: Int!
  "Their time has passed."
  overdue: Int!
  "Still due today, in the time zone of the company."
  today: Int!
  "Due within 24 hours."
  soon: Int!
}
extend type Query {
  "How many tasks wait for oneself; null for who may not see tasks."
  taskCounters: TaskCounters
}
`

/** Tasks, calls and meetings: what is to be done, their reminders, and tasks that come again. */
export function tasksFeature(deps: { engine(): Engine, timeZone(): string }): PluginDefinition {
  return definePlugin({
    id: 'tasks',
    version: '1.0.0',
    objects: taskObjects,
    compute: {
      task: { id: 'outcome', run: (tasks) => computeTasks(tasks, deps.timeZone()) },
      taskReminder: { id: 'moment', run: computeReminders },
      taskParticipant: { id: 'somebody', run: computeParticipants },
    },
    on: {
      'task.updated': {
        id: 'series',
        run: (events) => continueSeries(deps.engine(), events.filter((e) => e.changed.includes('state')).map((e) => e.recordId)),
      },
    },
    schedules: [{ id: 'minute', cron: '* * * * *', async run() { await remind(deps.engine()); await continueDue(deps.engine()) } }],
    graphql: { typeDefs, resolvers: { Query: { taskCounters: (_: unknown, _args: unknown, ctx: RequestContext) => countTasks(ctx.reading) } } as unknown as Resolvers },
  })
}
