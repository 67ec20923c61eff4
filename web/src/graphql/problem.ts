import type { CombinedError } from '@urql/vue'
import type { ErrorCode, FieldProblem } from '@kartotek/sdk'

/** One thing that keeps a stage closed. */
export interface MissingCondition { rule: string, field?: string, message: string }

/** An error of the API in the shape that pages work with. `NETWORK` means that the server did not answer. */
export class Problem extends Error {
  readonly code: ErrorCode | 'NETWORK'
  readonly fields: FieldProblem[]
  readonly missing: MissingCondition[]
  /** The values that the server has now, of a CONFLICT. */
  readonly current: Record<string, unknown> | null
  /** Number of an internal error, to be told to the administrator. */
  readonly ref: string | null
  /** All that the server says of it, such as the purpose for which somebody may not be written to. */
  readonly data: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode | 'NETWORK', message: string, data: Partial<Pick<Problem, 'fields' | 'missing' | 'current' | 'ref' | 'data'>> = {}) {
    super(message)
    this.name = 'Problem'
    this.code = code
    this.fields = data.fields ?? []
    this.missing = data.missing ?? []
    this.current = data.current ?? null
    this.ref = data.ref ?? null
    this.data = data.data ?? {}
  }

  /** The message of one field, by its path in the input; `custom.tier` and `custom_tier` are the same. */
  of(field: string): string | undefined {
    return this.fields.find(problem => problem.field === field)?.message
  }
}

/** The problem behind urql's error: the first one of GraphQL, else of the network. */
export function problemOf(error: CombinedError): Problem {
  const first = error.graphQLErrors[0]
  if (first) {
    const extensions = first.extensions ?? {}
    return new Problem((extensions.code as ErrorCode | undefined) ?? 'INTERNAL', first.message, {
      fields: extensions.fields as FieldProblem[] | undefined,
      missing: extensions.missing as MissingCondition[] | undefined,
      current: extensions.current as Record<string, unknown> | undefined,
      ref: extensions.ref as string | undefined,
      data: extensions,
    })
  }
  return new Problem('NETWORK', error.networkError?.message ?? error.message)
}

/** Any thrown value as a Problem. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem('INTERNAL', error instanceof Error ? error.message : String(error))
}
