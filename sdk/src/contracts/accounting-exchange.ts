import { contract } from '../contract.ts'
import type { RecordRef } from '../external-refs.ts'
import type { Localized } from '../locale.ts'

/** Something about a record that a person has to settle. */
export interface ExchangeProblem {
  /** `conflict`: both sides have changed it, and nothing was overwritten. `refused`: one side does not take it. */
  kind: 'conflict' | 'refused'
  /** Key of the field, as in filters; who may not read it is not told of the problem. Absent: it is about the whole record. */
  field?: string | null
  /** What is wrong and what to do. At most 500 characters. */
  text: Localized | string
  /** What each side has, in words: `ours` here, `theirs` in the bookkeeping. At most 200 characters. */
  ours?: string | null
  theirs?: string | null
}

/** How a record stands with the bookkeeping. Words that are longer than said are cut. Moments are in ISO 8601 with a time zone. */
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

/** What became of one thing in a run. `matched`: it was recognised and nothing had to change. */
export type ExchangeOutcome = 'sent' | 'matched' | 'created' | 'changed' | 'conflict' | 'refused'

/** One exchange of data, from its beginning to its end. */
export interface ExchangeRun {
  /** At most 100 characters. */
  id: string
  /** ISO 8601 with a time zone. */
  startedAt: string
  /** Null while it goes on. */
  finishedAt: string | null
  /** Why it could not be finished; null where it went well. At most 500 characters. */
  failure?: Localized | string | null
  /** How many things came to what; what is absent is 0. */
  counts: Partial<Record<ExchangeOutcome, number>>
}

/** What became of one thing: the line of a run. */
export interface ExchangeLine {
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

/** A part of a list, the newest first. `first` is 1–100. */
export interface ExchangePage {
  first: number
  /** Where the part before ended, as {@link ExchangePart.next} said. */
  after?: string | null
}
/** `next`: what to ask on with, at most 200 characters; null at the end. */
export interface ExchangePart<Item> { items: readonly Item[], next: string | null }

/**
 * A connection to the bookkeeping: a program of the company, a service. It keeps for itself what was exchanged; the core asks, on
 * cards about records that who asks sees, and in the settings for the log. Made for who asks. Nothing is ever overwritten in silence:
 * what both sides changed is a problem of the record.
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
 * provides: [accountingExchange.by((ctx) => ({
 *   key: 'paper', label: { en: 'Paper journal' }, ready: true, objects: ['order'],
 *   async states(_, ids) {
 *     const printed = await ctx.db.query<{ order: string, at: Date }>('select "order", at from printed where "order" = any($1)', [ids])
 *     return printed.map(({ order, at }) => ({ record: order, externalId: null, sentAt: at.toISOString(), problems: [] }))
 *   },
 *   async send({ id }) { await ctx.enqueue('print', { order: id }, { key: id }) },
 *   runs: async () => ({ items: [], next: null }),
 *   lines: async () => ({ items: [], next: null }),
 * }))]
 */
export const accountingExchange = contract<AccountingExchange>('accounting-exchange')
