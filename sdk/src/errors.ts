/**
 * The error codes that leave the API, in `extensions.code`. The set is closed: `docs/api.md` says what each means, and a test
 * compares the two.
 *
 * @example
 * // A client of the API: which answers are worth another try
 * import { ERROR_CODES, type ErrorCode } from '@kartotek/sdk'
 *
 * const LATER: readonly ErrorCode[] = ['RATE_LIMITED', 'UNAVAILABLE']
 * export function tryAgain(error: { extensions: Record<string, unknown> }): boolean {
 *   const code = ERROR_CODES.find((known) => known === error.extensions.code)
 *   return code !== undefined && LATER.includes(code)
 * }
 */
export const ERROR_CODES = [
  'UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'INVALID_INPUT', 'CONFLICT', 'DUPLICATE',
  'GATE_CLOSED', 'LIMIT_EXCEEDED', 'RATE_LIMITED', 'UNAVAILABLE', 'INTERNAL',
] as const
/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number]

/** One problem of one input field, as {@link InputError} carries it. */
export interface FieldProblem {
  /** Path in the input: `name`, `custom.tier`, `lines.0.quantity`. */
  field: string
  /** `required`, `type`, `min`, `max`, `maxLength`, `pattern`, `option`, `format`, `unique`, `reference`, `readOnly`, `unknown`, … */
  rule: string
  /** What is wrong and what to do, in the caller's language. */
  message: string
  /** Values for the message, such as `{ max: 200 }`. */
  params?: Record<string, unknown>
}

/**
 * A business error: it carries a code of the closed set, and data that the caller can act on. In a resolver, route, guard or job it is
 * no failure of the plugin: the API answers with its code and message. Throw one of its kinds; catch it to tell a refusal from a fault.
 *
 * @example
 * import { DomainError, type PluginContext } from '@kartotek/sdk'
 *
 * // An import goes on with the next row where one is refused, and stops where something is broken.
 * export async function take(rows: { name: string }[], ctx: PluginContext) {
 *   for (const { name } of rows) {
 *     try {
 *       await ctx.records.create('client', { name, kind: 'organisation' })
 *     } catch (error) {
 *       if (!(error instanceof DomainError)) throw error
 *       ctx.log.warn({ code: error.code, name }, error.message)
 *     }
 *   }
 * }
 */
export class DomainError extends Error {
  /** Leaves the API as `extensions.code`. */
  readonly code: ErrorCode
  /** Leaves the API beside the code. Plain JSON, nothing secret; empty where there is nothing to add. */
  readonly data: Record<string, unknown>
  constructor(code: ErrorCode, message: string, data: Record<string, unknown> = {}) {
    super(message)
    this.name = new.target.name
    this.code = code
    this.data = data
  }
}
/**
 * No valid session or token.
 *
 * @example
 * // The contract `identityProvider`: nobody is let in whom the directory does not vouch for.
 * import { AuthenticationError } from '@kartotek/sdk'
 *
 * export function subjectOf(claims: { sub?: string, active?: boolean }): string {
 *   if (!claims.sub || !claims.active) throw new AuthenticationError('The directory does not know you any more.')
 *   return claims.sub
 * }
 */
export class AuthenticationError extends DomainError {
  constructor(message = 'Sign in first.') { super('UNAUTHENTICATED', message) }
}
/**
 * The actor may not do this. Never used where the existence of the record is itself hidden (that is NotFoundError).
 *
 * @example
 * // Entries of an account come from the plugin alone, on every path: API, import, mass change.
 * import { definePlugin, NotAllowedError } from '@kartotek/sdk'
 *
 * export default definePlugin({
 *   id: 'stamp-card', version: '1.0.0', compat: { sdk: '^0.1' },
 *   objects: [{
 *     name: 'stampCardStamp', plural: 'stampCardStamps', title: 'reason', accessFrom: ['client'],
 *     label: { en: 'Stamp' }, labelPlural: { en: 'Stamps' },
 *     fields: [
 *       { name: 'reason', type: 'text', required: true, label: { en: 'Reason' } },
 *       { name: 'client', type: 'reference', to: 'client', reverse: 'stampCardStamps', required: true, label: { en: 'Client' } },
 *     ],
 *   }],
 *   guards: {
 *     'stampCardStamp.*': {
 *       id: 'only-by-the-plugin',
 *       run(_, ctx) {
 *         if (ctx.actor.userId) throw new NotAllowedError('Stamps are given for orders; nobody writes them himself.')
 *       },
 *     },
 *   },
 * })
 */
export class NotAllowedError extends DomainError {
  constructor(message: string, data: Record<string, unknown> = {}) { super('FORBIDDEN', message, data) }
}
/**
 * There is no such record, or the actor may not know that there is.
 *
 * @example
 * import { NotFoundError, type PluginContext } from '@kartotek/sdk'
 *
 * export async function orderOf(id: string, ctx: PluginContext) {
 *   const order = await ctx.records.get('order', id, ['number', 'client'])
 *   if (!order) throw new NotFoundError('There is no such order.', { object: 'order', id })
 *   return order
 * }
 */
export class NotFoundError extends DomainError {
  constructor(message: string, data: Record<string, unknown> = {}) { super('NOT_FOUND', message, data) }
}
/**
 * The input breaks rules; `data.fields` is a list of {@link FieldProblem}.
 *
 * @example
 * import { InputError, type FieldProblem } from '@kartotek/sdk'
 *
 * // Points that somebody wants to spend.
 * export function checkPoints(points: number, left: number): void {
 *   const problems: FieldProblem[] = []
 *   if (points < 1) problems.push({ field: 'points', rule: 'min', message: 'At least one point is spent.', params: { min: 1 } })
 *   if (points > left) problems.push({ field: 'points', rule: 'max', message: `Only ${left} are left.`, params: { max: left } })
 *   if (problems.length) throw new InputError('The points cannot be spent.', problems)
 * }
 */
export class InputError extends DomainError {
  /** The same as `data.fields`; empty where the whole input is meant. */
  readonly fields: FieldProblem[]
  constructor(message: string, fields: FieldProblem[] = []) {
    super('INVALID_INPUT', message, { fields })
    this.fields = fields
  }
}
/**
 * Somebody changed the record meanwhile; `data.current` holds the current values.
 *
 * @example
 * import { ConflictError, type PluginContext } from '@kartotek/sdk'
 *
 * // Of two who book the last seat, one is told what there is now.
 * export async function book(event: string, seats: number, ctx: PluginContext) {
 *   const [row] = await ctx.db.query<{ seats: number }>('update event set seats = seats - $2 where id = $1 and seats >= $2 returning seats', [event, seats])
 *   if (row) return row.seats
 *   const [current] = await ctx.db.query<{ seats: number }>('select seats from event where id = $1', [event])
 *   throw new ConflictError('So many seats are not free any more.', { current })
 * }
 */
export class ConflictError extends DomainError {
  constructor(message: string, data: Record<string, unknown> = {}) { super('CONFLICT', message, data) }
}
/**
 * A unique value exists already.
 *
 * @example
 * import { DuplicateError, type PluginContext } from '@kartotek/sdk'
 *
 * export async function giveCard(client: string, number: string, ctx: PluginContext) {
 *   const taken = await ctx.records.count('client', { filter: { loyalty: { cardNumber: { eq: number } } } })
 *   if (taken) throw new DuplicateError('Another client has this card.', { field: 'cardNumber' })
 *   await ctx.records.update('client', client, { loyalty: { cardNumber: number } })
 * }
 */
export class DuplicateError extends DomainError {
  constructor(message: string, data: Record<string, unknown> = {}) { super('DUPLICATE', message, data) }
}
/**
 * A stage cannot be entered or left yet; `data.missing` lists what is missing.
 *
 * @example
 * // An order is not begun before the stock says yes.
 * import { definePlugin, GateClosedError } from '@kartotek/sdk'
 *
 * export default definePlugin({
 *   id: 'stock-gate', version: '1.0.0', compat: { sdk: '^0.1' },
 *   fields: { order: [{ name: 'reserved', type: 'boolean', default: false, label: { en: 'Reserved in stock' } }] },
 *   guards: {
 *     'order.stage': {
 *       id: 'reserved',
 *       run(records) {
 *         const open = records.filter(({ after }) => (after?.stockGate as { reserved?: boolean | null } | undefined)?.reserved !== true)
 *         if (open.length) throw new GateClosedError('Reserve the goods in stock first.', { missing: ['stockGate.reserved'] })
 *       },
 *     },
 *   },
 * })
 */
export class GateClosedError extends DomainError {
  constructor(message: string, data: Record<string, unknown> = {}) { super('GATE_CLOSED', message, data) }
}
/**
 * A limit of size, depth, length or number is exceeded.
 *
 * @example
 * import { LimitError } from '@kartotek/sdk'
 *
 * const MOST_LABELS = 500
 * export function checkNumber(orders: readonly string[]): void {
 *   if (orders.length > MOST_LABELS) throw new LimitError(`At most ${MOST_LABELS} labels are printed at once.`, { max: MOST_LABELS })
 * }
 */
export class LimitError extends DomainError {
  constructor(message: string, data: Record<string, unknown> = {}) { super('LIMIT_EXCEEDED', message, data) }
}
/**
 * Too many requests; `data.retryAfterSeconds` says when to come back.
 *
 * @example
 * import { RateLimitedError } from '@kartotek/sdk'
 *
 * // What a foreign system says when it is asked too often: half a minute where it names no time.
 * export function checkPace(answer: Response): void {
 *   if (answer.status === 429) throw new RateLimitedError('The carrier asks for a pause.', Number(answer.headers.get('retry-after')) || 30)
 * }
 */
export class RateLimitedError extends DomainError {
  constructor(message: string, retryAfterSeconds: number) { super('RATE_LIMITED', message, { retryAfterSeconds }) }
}
/**
 * Something that is needed does not answer now; `data.retryAfterSeconds` may say when to come back.
 *
 * @example
 * import { UnavailableError, type PluginContext } from '@kartotek/sdk'
 *
 * export async function balanceOf(card: string, ctx: PluginContext<{ baseUrl: string }>): Promise<number> {
 *   const answer = await ctx.fetch(`${ctx.settings.baseUrl}/cards/${encodeURIComponent(card)}`).catch(() => null)
 *   if (!answer?.ok) throw new UnavailableError('The till does not answer. Try again in a minute.', { retryAfterSeconds: 60 })
 *   const { points } = await answer.json() as { points: number }
 *   return points
 * }
 */
export class UnavailableError extends DomainError {
  constructor(message: string, data: Record<string, unknown> = {}) { super('UNAVAILABLE', message, data) }
}
