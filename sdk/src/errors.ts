/**
 * The error codes that leave the API, in `extensions.code`. The set is closed: `docs/errors.md` lists it and a test
 * compares the two.
 */
export const ERROR_CODES = [
  'UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'INVALID_INPUT', 'CONFLICT', 'DUPLICATE',
  'GATE_CLOSED', 'LIMIT_EXCEEDED', 'RATE_LIMITED', 'UNAVAILABLE', 'INTERNAL',
] as const
/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number]

/** One problem of one input field. `field` is the path in the input (`lines.0.quantity`), `rule` the broken rule. */
export interface FieldProblem {
  field: string
  /** `required`, `type`, `min`, `max`, `maxLength`, `pattern`, `option`, `format`, `unique`, `reference`, `readOnly`, `unknown`, … */
  rule: string
  /** What is wrong and what to do, in the caller's language. */
  message: string
  /** Values for the message, such as `{ max: 200 }`. */
  params?: Record<string, unknown>
}

/** A business error: it carries a code of the closed set, and data that the caller can act on. Transport maps it once. */
export class DomainError extends Error {
  readonly code: ErrorCode
  readonly data: Record<string, unknown>
  constructor(code: ErrorCode, message: string, data: Record<string, unknown> = {}) {
    super(message)
    this.name = new.target.name
    this.code = code
    this.data = data
  }
}
/** No valid session or token. */
export class AuthenticationError extends DomainError {
  constructor(message = 'Sign in first.') { super('UNAUTHENTICATED', message) }
}
/** The actor may not do this. Never used where the existence of the record is itself hidden (that is NotFoundError). */
export class NotAllowedError extends DomainError {
  constructor(message: string, data: Record<string, unknown> = {}) { super('FORBIDDEN', message, data) }
}
/** There is no such record, or the actor may not know that there is. */
export class NotFoundError extends DomainError {
  constructor(message: string, data: Record<string, unknown> = {}) { super('NOT_FOUND', message, data) }
}
/** The input breaks rules; `data.fields` is a list of {@link FieldProblem}. */
export class InputError extends DomainError {
  readonly fields: FieldProblem[]
  constructor(message: string, fields: FieldProblem[] = []) {
    super('INVALID_INPUT', message, { fields })
    this.fields = fields
  }
}
/** Somebody changed the record meanwhile; `data.current` holds the current values. */
export class ConflictError extends DomainError {
  constructor(message: string, data: Record<string, unknown> = {}) { super('CONFLICT', message, data) }
}
/** A unique value exists already. */
export class DuplicateError extends DomainError {
  constructor(message: string, data: Record<string, unknown> = {}) { super('DUPLICATE', message, data) }
}
/** A stage cannot be entered or left yet; `data.missing` lists what is missing. */
export class GateClosedError extends DomainError {
  constructor(message: string, data: Record<string, unknown> = {}) { super('GATE_CLOSED', message, data) }
}
/** A limit of size, depth, length or number is exceeded. */
export class LimitError extends DomainError {
  constructor(message: string, data: Record<string, unknown> = {}) { super('LIMIT_EXCEEDED', message, data) }
}
/** Too many requests; `data.retryAfterSeconds` says when to come back. */
export class RateLimitedError extends DomainError {
  constructor(message: string, retryAfterSeconds: number) { super('RATE_LIMITED', message, { retryAfterSeconds }) }
}
/** Something that is needed does not answer now; `data.retryAfterSeconds` may say when to come back. */
export class UnavailableError extends DomainError {
  constructor(message: string, data: Record<string, unknown> = {}) { super('UNAVAILABLE', message, data) }
}
