import type { FieldDefinition, ObjectDefinition, PluginDefinition } from '@kartotek/sdk'
import { Kind, parse } from 'graphql'
import { isDeepStrictEqual } from 'node:util'
import type { StaticManifest } from '../static-manifest.ts'
import type { Holdings } from '../uninstall.ts'

/** One thing that an installation, an upgrade or a removal changes. */
export interface PlannedChange {
  change: 'add' | 'change' | 'remove'
  kind: PartKind
  name: string
  /** What the part is now, as the API writes it: type of a field or setting, rights, times, versions. */
  detail?: string
  /** The object that a reference leads to. */
  to?: string
  /** What is lost: records of an object, records with a value in a field, rows of a table, entries. */
  count?: number
  mark?: 'sensitive' | 'optional'
}
type Facts = Pick<PlannedChange, 'detail' | 'to' | 'count' | 'mark'>
/** In the order in which they are shown: first what the administrator grants. */
export const PART_KINDS = [
  'outbound host', 'right of its background code', 'permission', 'required setting', 'setting', 'object', 'field', 'table migration', 'webhook', 'public route', 'route', 'guard', 'event handler', 'job', 'schedule', 'worker',
  'query or mutation', 'event', 'automation action', 'timeline kind', 'intake channel', 'notification', 'contract', 'dependency', 'web part', 'table', 'timeline entries', 'stored package',
] as const
export type PartKind = (typeof PART_KINDS)[number]

interface Part { kind: PartKind, name: string, facts: Facts, whole: unknown }

/** What changes when the plugin is what `after` says in place of what `before` said. */
export function planOf(before: StaticManifest | null, after: StaticManifest): PlannedChange[] {
  const [old, now] = [before, after].map((manifest) => new Map((manifest ? partsOf(manifest) : []).map((part) => [`${part.kind}\n${part.name}`, part]))) as [Map<string, Part>, Map<string, Part>]
  const changes = [
    ...[...now].flatMap(([key, part]): PlannedChange[] => {
      const was = old.get(key)
      if (was && isDeepStrictEqual(was.whole, part.whole)) return []
      return [{ change: was ? 'change' : 'add', ...shown(part) }]
    }),
    ...[...old].filter(([key]) => !now.has(key)).map(([, part]): PlannedChange => ({ change: 'remove', ...shown(part) })),
  ]
  return sorted(changes)
}

/** What is lost when a plugin goes with its data. */
export function removalOf(holdings: Holdings, versions: readonly string[]): PlannedChange[] {
  const gone = (kind: PartKind, name: string, count?: number): PlannedChange => ({ change: 'remove', kind, name, ...count !== undefined && { count } })
  return sorted([
    ...holdings.objects.map(({ name, records }) => gone('object', name, records)),
    ...holdings.fields.map(({ object, key, values }) => gone('field', `${object}.${key}`, values)),
    ...holdings.tables.map(({ name, rows }) => gone('table', name, rows)),
    ...holdings.timelineEntries ? [gone('timeline entries', 'of its kinds', holdings.timelineEntries)] : [],
    ...versions.map((version) => gone('stored package', version)),
  ])
}

const COUNTED: Partial<Record<PartKind, string>> = { object: ' records', field: ' records have a value', table: ' rows' }
/** The facts of a change in a few English words, for the command line; empty without any. */
export function factsText({ kind, detail, to, count, mark }: PlannedChange): string {
  if (count !== undefined) return `${count}${COUNTED[kind] ?? ''}`
  return [to === undefined ? detail : `${detail} to ${to}`, mark].filter(Boolean).join(', ')
}

const shown = ({ kind, name, facts }: Part): Omit<PlannedChange, 'change'> => ({ kind, name, ...facts })
function sorted(changes: PlannedChange[]): PlannedChange[] {
  return changes.sort((a, b) => PART_KINDS.indexOf(a.kind) - PART_KINDS.indexOf(b.kind))
}

function partsOf(manifest: StaticManifest): Part[] {
  const plugin = manifest.plugin as unknown as Partial<PluginDefinition> & { web?: unknown }
  const keyed = (kind: PartKind, entries: object | undefined, facts?: (value: never) => Facts): Part[] => Object.entries(entries ?? {}).map(([name, whole]) => part(kind, name, whole, facts?.(whole as never)))
  return [
    ...(plugin.outbound ?? []).map((host) => part('outbound host', host)),
    ...keyed('right of its background code', plugin.needs, (rights: string[]) => ({ detail: rights.join(', ') })),
    ...keyed('permission', plugin.permissions, ({ sensitive }: { sensitive?: boolean }) => (sensitive ? { mark: 'sensitive' } : {})),
    ...settingsOf(plugin.settings),
    ...(plugin.objects ?? []).flatMap(objectParts),
    ...Object.entries(plugin.fields ?? {}).flatMap(([object, fields]) => fieldParts(object, fields)),
    ...(plugin.tables?.migrations ?? []).map(({ id, sql }) => part('table migration', id, sql)),
    ...(plugin.http ?? []).map((route) => {
      const { path } = route
      if ('kind' in route && route.kind === 'webhook') return part('webhook', `POST ${path}`, route)
      const { method, access } = route as { method: string, access?: string }
      return part(access === 'public' ? 'public route' : 'route', `${method} ${path}`, route)
    }),
    ...keyed('guard', plugin.guards), ...keyed('event handler', plugin.on), ...keyed('job', plugin.jobs),
    ...(plugin.schedules ?? []).map((schedule) => part('schedule', schedule.id, schedule, { detail: schedule.cron })),
    ...(plugin.workers ?? []).map((worker) => part('worker', worker.id, worker)),
    ...rootFields(plugin.graphql?.typeDefs),
    ...keyed('event', plugin.emits), ...keyed('automation action', plugin.automationActions),
    ...(plugin.timelineKinds ?? []).map((kind) => part('timeline kind', kind.key, kind)),
    ...(plugin.intakeChannels ?? []).map((channel) => part('intake channel', channel.key, channel)),
    ...[...plugin.notificationKinds ?? [], ...plugin.notificationChannels ?? []].map((one) => part('notification', one.key, one)),
    ...(plugin.provides ?? []).map(({ contract }) => part('contract', contract)),
    ...keyed('dependency', plugin.dependsOn, ({ range, optional }: { range: string, optional?: boolean }) => ({ detail: range, ...optional && { mark: 'optional' } })),
    ...plugin.web ? [part('web part', typeof plugin.web === 'string' ? plugin.web : 'web', plugin.web)] : [],
  ]
}

const part = (kind: PartKind, name: string, whole: unknown = null, facts: Facts = {}): Part => ({ kind, name, whole, facts })

function objectParts({ fields, ...object }: ObjectDefinition): Part[] {
  return [part('object', object.name, object), ...fieldParts(object.name, fields)]
}

function fieldParts(object: string, fields: readonly FieldDefinition[]): Part[] {
  return fields.map((field) => part('field', `${object}.${field.name}`, field, { detail: field.type, ...field.to && { to: field.to } }))
}

function settingsOf(schema: unknown): Part[] {
  const { properties = {}, required = [] } = (schema ?? {}) as { properties?: Record<string, { type?: string, format?: string, default?: unknown }>, required?: string[] }
  return Object.entries(properties).map(([name, value]) => {
    const type = value.format ?? value.type
    return part(required.includes(name) && value.default === undefined ? 'required setting' : 'setting', name, value, type === undefined ? {} : { detail: type })
  })
}

function rootFields(typeDefs: string | undefined): Part[] {
  if (!typeDefs) return []
  try {
    return parse(typeDefs, { noLocation: true }).definitions.flatMap((node) => (
      node.kind === Kind.OBJECT_TYPE_EXTENSION && ['Query', 'Mutation', 'Subscription'].includes(node.name.value)
        ? (node.fields ?? []).map((field) => part('query or mutation', field.name.value, null, { detail: node.name.value.toLowerCase() })) : []))
  } catch {
    // That it cannot be read is said where it is composed.
    return []
  }
}
