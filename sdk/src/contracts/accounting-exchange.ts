import { contract } from '../contract.ts'
import type { RecordRef } from '../external-refs.ts'
import type { Localized } from '../locale.ts'

/** Something about a record that a person has to settle, as an {@link AccountingExchange} tells it. */
export interface ExchangeProblem {
  /** `conflict`: both sides have changed it, and nothing was overwritten. `refused`: one side does not take it. */
  kind: 'conflict' | 'refused'
  /** Key of the field, as in filters; who may not read it is not told of the problem. Absent: it is about the whole record. */
  field?: string | null
  /** What is wrong and what to do. At most 500 characters. */
  text: Localized | string
  /** What stands here, in words. At most 200 characters; null or absent where it says nothing. */
  ours?: string | null
  /** What stands in the bookkeeping, likewise. */
  theirs?: string | null
}

/** How a record stands with the bookkeeping, as an {@link AccountingExchange} tells it. Words that are longer than said are cut. Moments are in ISO 8601 with a time zone. */
export interface ExchangeState {
  /** Id of the record here. */
  record: string
  /** The bookkeeping's own lasting name for it, at most 200 characters; null while it is not there. */
  externalId: string | null
  /** The number that people there know it by, at most 100 characters. */
  number?: string | null
  /** When it was last sent; null: never. */
  sentAt: string | null
  /** When something of it last came back. */
  receivedAt?: string | null
  /** What is still to be sent or answered, in words; null: nothing. At most 300 characters. */
  waitsFor?: Localized | string | null
  /** At most 50, the gravest first. */
  problems: readonly ExchangeProblem[]
}

/** What became of one thing in a run of an {@link AccountingExchange}. `matched`: it was recognised and nothing had to change. */
export type ExchangeOutcome = 'sent' | 'matched' | 'created' | 'changed' | 'conflict' | 'refused'

/** One exchange of data of an {@link AccountingExchange}, from its beginning to its end. */
export interface ExchangeRun {
  /** Names the run within the exchange, for ever. At most 100 characters. */
  id: string
  /** When it began, ISO 8601 with a time zone. */
  startedAt: string
  /** Null while it goes on. */
  finishedAt: string | null
  /** Why it could not be finished; null where it went well. At most 500 characters. */
  failure?: Localized | string | null
  /** How many things came to what; what is absent is 0. */
  counts: Partial<Record<ExchangeOutcome, number>>
}

/** What became of one thing: the line of a run of an {@link AccountingExchange}. */
export interface ExchangeLine {
  /** By which the log is filtered. */
  outcome: ExchangeOutcome
  /** The record here; null where none was found or made. Who may not see it is not told of the line. */
  record: RecordRef | null
  /** What it is called in the bookkeeping: `Invoice 17 of 2 March`. At most 200 characters. */
  name: string
  /** Keys of the fields that it is about. Who may not read all of them is told neither which nor the text. */
  fields?: readonly string[]
  /** Why, where it was refused or met a conflict; else what was done. At most 500 characters. */
  text?: Localized | string | null
}

/** A part of a list of an {@link AccountingExchange}. */
export interface ExchangePage {
  /** How many are asked for, 1–100. */
  first: number
  /** Null or absent: from the beginning. Where the part before ended, as {@link ExchangePart.next} said. */
  after?: string | null
}
/** What an {@link AccountingExchange} gives of a list. */
export interface ExchangePart<Item> {
  /** At most as many as were asked for. */
  items: readonly Item[]
  /** What to ask on with, at most 200 characters; null at the end. */
  next: string | null
}

/**
 * A connection to the bookkeeping: a program of the company, a service. It keeps for itself what was exchanged; the core asks, on
 * cards about records that who asks sees, and in the settings for the log. Made for who asks. Nothing is ever overwritten in silence:
 * what both sides changed is a problem of the record.
 *
 * @example
 * // Orders go to a service of the web by a job, which notes in a table of the plugin what became of each.
 * import { ConflictError, type PluginContext, type RecordRef } from '@kartotek/sdk'
 * import type { AccountingExchange, ExchangePage, ExchangePart, ExchangeRun, ExchangeState } from '@kartotek/sdk/contracts'
 *
 * interface Sent { order: string, invoice: string | null, at: Date, refusal: string | null }
 *
 * export class Ledger implements AccountingExchange {
 *   readonly key = 'ledger'
 *   readonly label = { en: 'Ledger' }
 *   readonly objects = ['order']
 *   readonly ctx: PluginContext
 *   constructor(ctx: PluginContext) { this.ctx = ctx }
 *   get ready(): boolean { return Boolean(this.ctx.settings.key) }
 *
 *   async states(_: string, ids: readonly string[]): Promise<ExchangeState[]> {
 *     const rows = await this.ctx.db.query<Sent>('select "order", invoice, at, refusal from sent where "order" = any($1)', [ids])
 *     return rows.map(({ order, invoice, at, refusal }) => ({
 *       record: order, externalId: invoice, sentAt: at.toISOString(),
 *       problems: refusal ? [{ kind: 'refused', text: refusal }] : [],
 *     }))
 *   }
 *
 *   async send({ id }: RecordRef): Promise<void> {
 *     const order = await this.ctx.records.get('order', id, ['client'])
 *     if (!order?.client) throw new ConflictError('Name the client of the order first.')
 *     await this.ctx.enqueue('send', { order: id }, { key: id })
 *   }
 *
 *   async runs({ first }: ExchangePage): Promise<ExchangePart<ExchangeRun>> {
 *     const rows = await this.ctx.db.query<{ id: string, at: Date, sent: number }>('select id::text, at, sent from run order by at desc limit $1', [first])
 *     return { items: rows.map(({ id, at, sent }) => ({ id, startedAt: at.toISOString(), finishedAt: at.toISOString(), counts: { sent } })), next: null }
 *   }
 *
 *   lines = async () => ({ items: [], next: null })
 * }
 */
export interface AccountingExchange {
  /** kebab-case, unique within the plugin, at most 40 characters: `main`. */
  readonly key: string
  /** What it is called: `{ en: 'Bookkeeping' }`. At most 60 characters. */
  readonly label: Localized
  /** Whether it is set up: who is not is not asked. */
  readonly ready: boolean
  /** Names of the objects whose records it exchanges: `['client', 'order']`. */
  readonly objects: readonly string[]
  /** How these records stand, at most 200 of one object; those of which it knows nothing are left out. Must answer within 10 s. */
  states(object: string, ids: readonly string[]): Promise<readonly ExchangeState[]>
  /**
   * Sends a record now, or again; or notes that it goes with the next exchange, where the bookkeeping asks by itself, and says so by
   * {@link ExchangeState.waitsFor}. What longer than 30 s takes is enqueued. Absent: nothing is sent.
   * @throws InputError, ConflictError where it cannot be sent as it is, UnavailableError
   */
  send?(record: RecordRef): Promise<void>
  /** The log, the newest first. Must answer within 10 s. */
  runs(page: ExchangePage): Promise<ExchangePart<ExchangeRun>>
  /** The lines of a run, in their order; only those that came to one of `outcomes`, where they are named. Must answer within 10 s. */
  lines(run: string, page: ExchangePage & { outcomes?: readonly ExchangeOutcome[] }): Promise<ExchangePart<ExchangeLine>>
}

/**
 * An exchange with the bookkeeping. Cards show how a record stands with it, *Settings → Bookkeeping* what was exchanged.
 *
 * @example
 * // The simplest of all: orders are printed for a bookkeeper who types them in.
 * import { definePlugin, job, s } from '@kartotek/sdk'
 * import { accountingExchange } from '@kartotek/sdk/contracts'
 *
 * export default definePlugin({
 *   id: 'paper-journal', version: '1.0.0', compat: { sdk: '^0.1' },
 *   tables: { onUninstall: 'drop', migrations: [{ id: '0001-printed', sql: 'create table printed ("order" uuid primary key references core."order" on delete cascade, at timestamptz not null)' }] },
 *   provides: [accountingExchange.by((ctx) => ({
 *     key: 'paper', label: { en: 'Paper journal' }, ready: true, objects: ['order'],
 *     async states(_, ids) {
 *       const printed = await ctx.db.query<{ order: string, at: Date }>('select "order", at from printed where "order" = any($1)', [ids])
 *       return printed.map(({ order, at }) => ({ record: order, externalId: null, sentAt: at.toISOString(), problems: [] }))
 *     },
 *     async send({ id }) { await ctx.enqueue('print', { order: id }, { key: id }) },
 *     runs: async () => ({ items: [], next: null }),
 *     lines: async () => ({ items: [], next: null }),
 *   }))],
 *   jobs: {
 *     print: job({
 *       input: s.object({ order: s.id() }),
 *       async run({ order }, ctx) { await ctx.db.query('insert into printed ("order", at) values ($1, now()) on conflict ("order") do update set at = now()', [order]) },
 *     }),
 *   },
 * })
 */
export const accountingExchange = contract<AccountingExchange>('accounting-exchange')
