import type { MayContact } from './privacy.ts'

/**
 * A record in the shape of the API: system fields at the top, others under `custom` or the plugin's id in camelCase. References are
 * ids, unless a path over one is asked for; `docs/plugins.md` has the shape of each type. Given by {@link Records.get}.
 */
export type RecordData = Record<string, unknown> & {
  /** A UUID. */
  id: string
  /** From 1, one more at each change: what {@link Records.update} takes. */
  version: number
}

/**
 * A condition over an object, the same JSON as the `filter` argument in GraphQL:
 * `{ and: [{ name: { contains: 'oy' } }, { client: { lifecycle: { eq: 'active' } } }] }`. For lists of {@link Records}.
 */
export type Filter = Record<string, unknown>

/** Which records, in which order, and what of them: for lists of {@link Records}. */
export interface ListQuery {
  /** Default: all that the actor may see. */
  filter?: Filter
  /** Words of the full-text search over `searchable` fields. Default: none. */
  search?: string
  /** `[{ field: 'name', direction: 'DESC' }]`; at most 3, the direction `ASC` by default. Default: by id, in the order of creation. */
  orderBy?: { field: string, direction?: 'ASC' | 'DESC' }[]
  /** 1–200, default 50. */
  first?: number
  /** Where the page before ended, as its `endCursor` said; with the same filter and order. Default: from the beginning. */
  after?: string
  /** `ACTIVE` (default), `ARCHIVED`, both of them (`ALL`), or what lies in the trash (`TRASHED`). */
  archived?: 'ACTIVE' | 'ARCHIVED' | 'ALL' | 'TRASHED'
  /** Field keys to read: `['name', 'custom.tier', 'client.name']`. Default: all own readable fields. */
  fields?: string[]
}

/** What one item of a bulk write of {@link Records} came to, in the order of the items: written, or the error that it alone would have thrown. */
export type WriteResult =
  | { ok: true, id: string, version: number }
  | { ok: false, error: Error }

/** A client, or a contact of no client, who may be behind a number or an address, as {@link Records.recognise} tells it. Ids, of what the actor sees. */
export interface Recognised {
  /** The client himself, or that of the contact. */
  client: string | null
  /** The contact whose number or address it is; null where it is that of the client. */
  contact: string | null
  /** His newest open order. */
  order: string | null
  /** Id of the user who looks after the client; null where nobody does. */
  clientOwner: string | null
  /** The same of the contact. */
  contactOwner: string | null
  /** The same of the order. */
  orderOwner: string | null
}

/**
 * Reading and writing records with the rights of the context's actor. Every call passes access, validation, guards and audit.
 *
 * @example
 * // Each night, clients without an order for a year are marked as asleep, a thousand at a time.
 * import { definePlugin, type PluginContext } from '@kartotek/sdk'
 *
 * async function markSleepers(ctx: PluginContext): Promise<void> {
 *   const aYearAgo = new Date(Date.now() - 365 * 24 * 3600 * 1000).toISOString().slice(0, 10)
 *   const filter = { and: [{ sleepers: { asleep: { eq: false } } }, { not: { orders: { some: { orderedOn: { gte: aYearAgo } } } } }] }
 *   for (let after: string | undefined; ;) {
 *     const page = await ctx.records.list('client', { filter, fields: ['name'], first: 200, after })
 *     const results = await ctx.records.updateMany('client', page.nodes.map(({ id, version }) => ({ id, version, input: { sleepers: { asleep: true } } })))
 *     for (const result of results) if (!result.ok) ctx.log.warn(result.error.message)
 *     if (!page.hasNextPage) return
 *     after = page.endCursor ?? undefined
 *   }
 * }
 *
 * export default definePlugin({
 *   id: 'sleepers', version: '1.0.0', compat: { sdk: '^0.1' },
 *   needs: { client: ['read', 'update'], order: ['read'] },
 *   fields: { client: [{ name: 'asleep', type: 'boolean', default: false, filterable: true, readOnly: true, label: { en: 'Asleep' } }] },
 *   schedules: [{ id: 'mark', cron: '30 3 * * *', run: markSleepers }],
 * })
 */
export interface Records {
  /**
   * Whether the actor's roles let him do this to any records of the object at all; which ones, each write says itself. For what a plugin
   * does on behalf of somebody, with rights of its own.
   */
  may(object: string, action: 'read' | 'create' | 'update' | 'delete'): boolean
  /**
   * One record, or null where there is none that the actor may see. What lies in the archive or the trash is given, too.
   * @param fields keys, as {@link ListQuery.fields}. Default: all own readable fields
   * @throws InputError for an object or field that the actor may not read
   *
   * @example
   * import type { PluginContext } from '@kartotek/sdk'
   *
   * export async function greeting(order: string, ctx: PluginContext): Promise<string | null> {
   *   const found = await ctx.records.get('order', order, ['number', 'total', 'client.name'])
   *   if (!found) return null
   *   const total = found.total as { amount: string, currency: string } | null
   *   const client = found.client as { name: string } | null
   *   return `${client?.name ?? 'You'}: order ${String(found.number)}, ${total ? `${total.amount} ${total.currency}` : 'no sum yet'}`
   * }
   */
  get(object: string, id: string, fields?: string[]): Promise<RecordData | null>
  /**
   * One page of records that the actor may see. `endCursor` leads to the next one, and is null on an empty page.
   * @throws InputError for an object or field that the actor may not read, or a filter that does not fit
   */
  list(object: string, query?: ListQuery): Promise<{ nodes: RecordData[], endCursor: string | null, hasNextPage: boolean }>
  /**
   * How many records that the actor may see meet this.
   * @throws InputError as {@link Records.list}
   */
  count(object: string, query?: Pick<ListQuery, 'filter' | 'search'>): Promise<number>
  /**
   * Whether these contacts or clients may be written to or called by a channel (`phone`, `email`, `sms`, `messenger`, `post`) for a
   * purpose (`marketing`; without one, whether at all). Ask before a mailing or a call list is made, and again before each single message goes out.
   * @param object `client` or `contact`
   *
   * @example
   * import type { PluginContext } from '@kartotek/sdk'
   *
   * export async function remind(client: string, ctx: PluginContext): Promise<void> {
   *   const [answer] = await ctx.records.mayContact('client', [client], 'sms', 'marketing')
   *   if (answer?.may) await ctx.enqueue('sendSms', { client }, { key: client })
   *   else ctx.log.info({ client, reason: answer?.reason }, 'Not written to.')
   * }
   */
  mayContact(object: string, ids: readonly string[], channel: string, purpose?: string): Promise<MayContact[]>
  /**
   * Who it is that calls or writes, among those whom the actor sees, by the rules of the intake: numbers of one's own, those for
   * everybody and those of many recognise nobody. Null where nobody is known, or several are as likely.
   * @param points `[{ kind: 'phone', value: '8 916 123-45-67' }]`, as of contact points
   *
   * @example
   * import type { PluginContext } from '@kartotek/sdk'
   *
   * // Who is to lift the phone: the owner of the newest open order, else whoever looks after the client.
   * export async function whoAnswers(number: string, ctx: PluginContext): Promise<string | null> {
   *   const known = await ctx.records.recognise([{ kind: 'phone', value: number }])
   *   return known?.orderOwner ?? known?.clientOwner ?? null
   * }
   */
  recognise(points: readonly { kind: string, value: string }[]): Promise<Recognised | null>
  /**
   * Makes a record. Where the actor may write it and not read it, only `id` and `version` come back.
   * @throws InputError, DuplicateError, NotAllowedError, GateClosedError, and what guards throw
   */
  create(object: string, input: Record<string, unknown>): Promise<RecordData>
  /**
   * Changes the fields that `input` names, and no others; null empties one.
   * @param version the version that the caller saw; a change of the same fields since is a ConflictError. Default: the last one
   * @throws NotFoundError, ConflictError, and as {@link Records.create}
   */
  update(object: string, id: string, input: Record<string, unknown>, version?: number): Promise<RecordData>
  /**
   * Writes many, at most 1,000, each item on its own result; all in one change set.
   * @throws LimitError
   */
  createMany(object: string, inputs: Record<string, unknown>[]): Promise<WriteResult[]>
  /**
   * Changes many, at most 1,000, each item on its own result; all in one change set. `version` as in {@link Records.update}.
   * @throws LimitError
   */
  updateMany(object: string, changes: { id: string, input: Record<string, unknown>, version?: number }[]): Promise<WriteResult[]>
  /**
   * To the trash, restorable for 30 days. At most 1,000.
   * @throws LimitError
   */
  trash(object: string, ids: string[]): Promise<WriteResult[]>
  /**
   * Back from the archive or the trash. At most 1,000.
   * @throws LimitError
   */
  restore(object: string, ids: string[]): Promise<WriteResult[]>
}
