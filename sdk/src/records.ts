import type { MayContact } from './privacy.ts'

/** A record in the shape of the API: system fields at the top, others under `custom` or the plugin's id. */
export type RecordData = Record<string, unknown> & { id: string, version: number }

/**
 * A condition over an object, the same JSON as the `filter` argument in GraphQL:
 * `{ and: [{ name: { contains: 'oy' } }, { client: { lifecycle: { eq: 'active' } } }] }`.
 */
export type Filter = Record<string, unknown>

/** Which records, in which order, and what of them. */
export interface ListQuery {
  filter?: Filter
  search?: string
  /** `[{ field: 'name', direction: 'ASC' }]` */
  orderBy?: { field: string, direction?: 'ASC' | 'DESC' }[]
  /** 1–200, default 50. */
  first?: number
  after?: string
  /** `ACTIVE` (default), `ARCHIVED`, both of them (`ALL`), or what lies in the trash (`TRASHED`). */
  archived?: 'ACTIVE' | 'ARCHIVED' | 'ALL' | 'TRASHED'
  /** Field keys to read: `['name', 'custom.tier', 'client.name']`. Default: all own readable fields. */
  fields?: string[]
}

/** What one item of a bulk write came to. */
export type WriteResult =
  | { ok: true, id: string, version: number }
  | { ok: false, error: Error }

/** A client, or a contact of no client, who may be behind a number or an address. */
export interface Recognised {
  client: string | null
  contact: string | null
  /** His newest open order. */
  order: string | null
  /** The owners of the three, null where there is none. */
  clientOwner: string | null
  contactOwner: string | null
  orderOwner: string | null
}

/** Reading and writing records with the rights of the context's actor. Every call passes access, validation, guards and audit. */
export interface Records {
  /**
   * Whether the actor's roles let him do this to any records of the object at all; which ones, each write says itself. For what a plugin
   * does on behalf of somebody, with rights of its own.
   */
  may(object: string, action: 'read' | 'create' | 'update' | 'delete'): boolean
  /** One record, or null where there is none that the actor may see. */
  get(object: string, id: string, fields?: string[]): Promise<RecordData | null>
  list(object: string, query?: ListQuery): Promise<{ nodes: RecordData[], endCursor: string | null, hasNextPage: boolean }>
  count(object: string, query?: Pick<ListQuery, 'filter' | 'search'>): Promise<number>
  /**
   * Whether these contacts or clients may be written to or called by a channel (`phone`, `email`, `sms`, `messenger`, `post`) for a
   * purpose (`marketing`; without one, whether at all). Ask before a mailing or a call list is made, and again before each single message goes out.
   */
  mayContact(object: string, ids: readonly string[], channel: string, purpose?: string): Promise<MayContact[]>
  /**
   * Who it is that calls or writes, among those whom the actor sees, by the rules of the intake: numbers of one's own, those for
   * everybody and those of many recognise nobody. Null where nobody is known, or several are as likely.
   * @param points `[{ kind: 'phone', value: '8 916 123-45-67' }]`, as of contact points
   */
  recognise(points: readonly { kind: string, value: string }[]): Promise<Recognised | null>
  /** @throws InputError, DuplicateError, NotAllowedError, GateClosedError */
  create(object: string, input: Record<string, unknown>): Promise<RecordData>
  /** `version` is the version that the caller saw; a change of the same fields since is a ConflictError. */
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
