import { definePlugin, NotAllowedError, textIn, type Actor, type GuardRecord, type PluginDefinition, type Resolvers, type TimelineKind } from '@kartotek/sdk'
import type { RequestContext } from '../graphql/context.ts'
import { COPIED } from './entries.ts'
import type { TimelineItem } from './item.ts'
import { BROUGHT, KEPT, KINDS, TOLD } from './kinds.ts'
import { timelineObjects } from './timeline-objects.ts'
import { readTimeline, type TimelineArguments } from './timeline.ts'

const typeDefs = `
"""A kind of thing that can happen to a record."""
type TimelineKind {
  key: String!
  "In the caller's language."
  label: String!
  labels: JSON!
  icon: String!
  color: String!
  "The caller can write it down; the others are told by the audit trail or brought by programs."
  writable: Boolean!
}
type TimelineAuthor { id: ID name: String }
type TimelineData { key: String! label: String! value: JSON }
"""One line of a timeline."""
type TimelineItem {
  "Of an entry or a file: its own; of a change: one of this line."
  id: ID!
  kind: String!
  at: DateTime!
  author: TimelineAuthor!
  "What it happened to: the record itself, or one that hangs on it."
  record: RecordLink
  heading: String
  "Of a file: where it is opened, here or elsewhere."
  href: String
  text: String
  "in, out or internal."
  direction: String
  "How long a call or a meeting took."
  seconds: Int
  pinnedAt: DateTime
  "Of an entry, which can be changed and pinned; null of what is none."
  version: Int
  "Its words are copied from elsewhere (a message, a call), and are not changed here."
  copied: Boolean!
  "Whom it calls, as far as the reader sees them."
  mentions: [TimelineAuthor!]!
  "What plugins add to the entry."
  data: [TimelineData!]!
  changeSet: ID
  "Of a change: create, update, archive, restore, trash or delete."
  action: String
  fields: [FieldChange!]!
}
type Timeline {
  nodes: [TimelineItem!]!
  hasNextPage: Boolean!
  endCursor: String
  "False where more records hang on this one than its timeline follows: of them only the newest are in it."
  whole: Boolean!
}

extend type Query {
  "What happened to a record and to those that hang on it, newest first."
  timeline(object: String!, id: ID!, kinds: [String!], search: String, pinned: Boolean, first: Int = 50, after: String): Timeline!
  timelineKinds: [TimelineKind!]!
}
`

/** What anybody who may change an entry may do with it. */
const FREE = new Set(['pinnedAt', 'archivedAt', 'trashedAt', 'version', 'updatedAt', 'updatedBy'])

/** One history for each record: what was said, written and done. `kinds` gives what plugins add. */
export function timelineFeature(deps: { kinds(): readonly TimelineKind[] }): PluginDefinition {
  const writable = (): TimelineKind[] => [...KINDS, ...deps.kinds()]
  return definePlugin({
    id: 'timeline',
    version: '1.0.0',
    objects: timelineObjects,
    compute: {
      timelineEntry: {
        id: 'fill',
        run(records) {
          for (const { values, isNew, refuse } of records) {
            if (isNew && !values.happenedAt) values.happenedAt = new Date().toISOString()
            if (values.kind && ![...writable(), ...KEPT].some((kind) => kind.key === values.kind)) refuse('kind', 'option', { options: writable().map((kind) => kind.key) })
            if (!values.heading && values.text) values.heading = headingOf(String(values.text))
          }
        },
      },
    },
    guards: {
      'timelineEntry.create': { id: 'brought', run: (records, { actor }) => guardBrought(records, actor.kind) },
      'timelineEntry.update': {
        id: 'author',
        // What somebody said stays what he said, and stays his; pinning is everybody's. Merges move entries as the system.
        run(records, ctx) {
          guardBrought(records, ctx.actor.kind)
          if (ctx.actor.kind === 'system' || !ctx.actor.userId) return
          for (const { before, after, lists = [] } of records) {
            const changed = [...lists, ...Object.keys({ ...before, ...after }).filter((key) => !FREE.has(key) && JSON.stringify(before?.[key] ?? null) !== JSON.stringify(after?.[key] ?? null))]
            if (changed.length && (before?.owner !== ctx.actor.userId || changed.includes('owner'))) throw new NotAllowedError('Only its author may change what was written down.')
            if (changed.some((key) => COPIED.has(key)) && hasCopies(before)) throw new NotAllowedError('The words of this line are changed where they come from.')
          }
        },
      },
    },
    graphql: {
      typeDefs,
      resolvers: {
        TimelineItem: { mentions: (item: TimelineItem) => item.mentions ?? [], copied: (item: TimelineItem) => item.copied ?? false },
        Query: {
          async timeline(_: unknown, args: TimelineArguments, ctx: RequestContext) {
            const page = await readTimeline(ctx.reading, args)
            // A change set may be told once for each record; what keeps answers by id must not take them for one.
            return { ...page, nodes: page.nodes.map((item) => ({ ...item, id: item.changeSet ? `${item.id}/${item.record.id}` : item.id })) }
          },
          timelineKinds: (_: unknown, _args: unknown, ctx: RequestContext) => [...writable().map((kind) => ({ ...kind, writable: ctx.caller.actor.kind !== 'user' || !BROUGHT.has(kind.key) })), ...[...KEPT, ...TOLD].map((kind) => ({ ...kind, writable: false }))]
            .map((kind) => ({ ...kind, labels: kind.label, label: textIn(kind.label, ctx.reading.locale) })),
        },
      } as unknown as Resolvers,
    },
  })
}

/** Whether a plugin copied words onto the entry: fields of plugins stand under their names. */
function hasCopies(before: GuardRecord['before']): boolean {
  return Object.entries(before ?? {}).some(([key, group]) => key !== 'custom' && typeof group === 'object' && group !== null && [...COPIED].some((name) => (group as Record<string, unknown>)[name] != null))
}

/** Nobody writes down by hand what only programs know for sure. */
function guardBrought(records: readonly GuardRecord[], by: Actor['kind']): void {
  if (by === 'user' && records.some(({ before, after }) => after && after.kind !== before?.kind && BROUGHT.has(after.kind))) throw new NotAllowedError('Lines of this kind are written by programs only.')
}

/** The first line, cut at a word: what an entry without a heading is called in lists. */
function headingOf(text: string): string {
  const line = text.trim().split('\n')[0]!
  if ([...line].length <= 80) return line
  return `${[...line].slice(0, 80).join('').replace(/\s+\S*$/, '')}…`
}
