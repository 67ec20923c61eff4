import { definePlugin, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import { checkContinued } from '../changes/continued.ts'
import type { RequestContext } from '../graphql/context.ts'
import { bulkResult } from '../graphql/record-resolvers.ts'
import type { Substitution } from '../handover/substitutions.ts'
import type { Engine } from '../records/engine.ts'
import { write } from '../records/write/writing.ts'
import { calendarLink, makeCalendarLink, revokeCalendarLink } from './calendar-link.ts'
import { computeParticipants, computeReminders, computeTasks } from './compute.ts'
import { countTasks } from './counters.ts'
import { remind } from './reminders.ts'
import { continueDue, continueSeries } from './series.ts'
import { taskObjects } from './task-objects.ts'
import { makeTasksAbout, type TasksAbout } from './tasks-about.ts'

const typeDefs = `
"""One's own open tasks, and the meetings in which one takes part until they are over."""
type TaskCounters {
  open: Int!
  "Their time has passed: of calls and meetings the end."
  overdue: Int!
  "Still due today, in the time zone of the company."
  today: Int!
  "Due within 24 hours."
  soon: Int!
}
"""The secret link by which a calendar program reads one's own tasks and meetings."""
type CalendarLink { createdAt: DateTime! lastUsedAt: DateTime }
extend type Substitution {
  "Open tasks of the absent person, while the caller stands in for her; null otherwise."
  tasks: TaskCounters
}
extend type Query {
  "How many tasks wait for oneself; null for who may not see tasks."
  taskCounters: TaskCounters
  "Null where there is none."
  myCalendarLink: CalendarLink
}
input TaskAboutInput {
  title: String!
  kind: String
  due: DateTime
  allDay: Boolean
  priority: String
  text: String
  "Who does them all; without, who owns the record."
  owner: ID
  "Of calls: for what one calls. Whom one must not call for it gets no task."
  purpose: String
}
extend type Mutation {
  "A task for each of up to 1000 records. More of them go on in the change set of the call before, so that all are undone as one."
  createTasksAbout(object: String!, ids: [ID!]!, input: TaskAboutInput!, changeSet: ID): BulkResult!
  "Makes the link anew and tells it, once; the one before ends."
  makeCalendarLink: String!
  revokeCalendarLink: Boolean!
}
`

/** By which later calls go on in the same change set. */
const OPERATION = 'createTasksAbout'

/** Tasks, calls and meetings: what is to be done, their reminders, and tasks that come again. */
export function tasksFeature(deps: { engine(): Engine, timeZone(): string, publicUrl(): string }): PluginDefinition {
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
    schedules: [
      { id: 'minute', cron: '* * * * *', async run() { await remind(deps.engine()); await continueDue(deps.engine()) } },
      { id: 'series', cron: '23 * * * *', run: () => continueDue(deps.engine(), new Date(), true) },
    ],
    graphql: {
      typeDefs,
      resolvers: {
        Query: {
          taskCounters: (_: unknown, _args: unknown, ctx: RequestContext) => countTasks(ctx.reading),
          myCalendarLink: (_: unknown, _args: unknown, ctx: RequestContext) => calendarLink(ctx),
        },
        Substitution: {
          tasks: ({ absent, substitute, from, until }: Substitution, _args: unknown, ctx: RequestContext) =>
            (substitute === ctx.actor.userId && from <= new Date() && until > new Date() ? countTasks(ctx.reading, absent) : null),
        },
        Mutation: {
          async createTasksAbout(_: unknown, args: TasksAbout & { changeSet?: string | null }, ctx: RequestContext) {
            const about = { ...args, ids: [...new Set(args.ids)], input: { ...args.input } }
            const { result: bulk } = await write(ctx.engine, ctx.caller, { changeSetId: args.changeSet ?? undefined, operation: OPERATION, summary: { key: 'tasksAbout', values: { title: args.input.title } } }, async (w) => {
              if (args.changeSet) await checkContinued(w, args.changeSet, OPERATION, about.ids.length)
              const results = await makeTasksAbout(w, about)
              return bulkResult(ctx, results, w.changes.length ? w.changeSetId : null)
            })
            if (bulk.changeSet) ctx.changeSets.push(bulk.changeSet)
            return bulk
          },
          makeCalendarLink: (_: unknown, _args: unknown, ctx: RequestContext) => makeCalendarLink(ctx, deps.publicUrl()),
          revokeCalendarLink: (_: unknown, _args: unknown, ctx: RequestContext) => revokeCalendarLink(ctx),
        },
      } as unknown as Resolvers,
    },
  })
}
