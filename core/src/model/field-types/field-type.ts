import type { FieldDefinition, FieldType as FieldTypeName, Locale } from '@kartotek/sdk'
import type { FieldModel } from '../model.ts'

/** Why a value does not fit a field. Becomes a FieldProblem once path and language are known. */
export class ValueIssue extends Error {
  readonly rule: string
  readonly params: Record<string, unknown>
  constructor(rule: string, params: Record<string, unknown> = {}) {
    super(rule)
    this.rule = rule
    this.params = params
  }
}

/** What converting a value may depend on. */
export interface ValueContext {
  /** ISO 3166 country for phones and tax ids that do not name one. */
  country: string
  /** City code of short local phones. */
  areaCode?: string | null
  /** ISO 4217 currency for money that does not name one. */
  currency: string
}

/** The family of filter operators that a field takes. */
export type FilterKind = 'text' | 'number' | 'dateTime' | 'date' | 'boolean' | 'select' | 'multiSelect' | 'money' | 'relation' | 'record' | 'address' | 'stage' | 'pipeline'

/** What one type of field is: its columns, its validator, its face in the API. */
export interface FieldType {
  name: FieldTypeName | 'stage' | 'pipeline'
  /** Columns by suffix; the main one (`''`) comes first. Types are PostgreSQL's. */
  columns(definition: FieldDefinition): { suffix: string, type: string }[]
  /** GraphQL type of the value on a record; relations give the target's type. */
  output: string
  /** GraphQL type of the value in inputs. */
  input: string
  filter: FilterKind
  sortable: boolean
  groupable: boolean
  /** SUM and AVG make sense. */
  summable: boolean
  /** JSON Schema of the input value, null excluded. */
  schema(definition: FieldDefinition): Record<string, unknown>
  /** A valid input value → values of the columns by suffix. @throws ValueIssue */
  write(value: unknown, definition: FieldDefinition, context: ValueContext): Record<string, unknown>
  /** Values of the columns → value in the API. Never called with an empty main column. */
  read(column: (suffix: string) => unknown, field: FieldModel, locale: Locale): unknown
  /** Text of the stored value for search and titles. */
  text(column: (suffix: string) => unknown, field: FieldModel, locale: Locale): string
}

/** A type with one column whose value is the same in input, column and output. */
export function plainType(
  name: FieldTypeName, column: string | ((definition: FieldDefinition) => string), scalar: string, filter: FilterKind,
  schema: FieldType['schema'], more: Partial<FieldType> = {},
): FieldType {
  return {
    name,
    columns: (definition) => [{ suffix: '', type: typeof column === 'string' ? column : column(definition) }],
    output: scalar,
    input: scalar,
    filter,
    sortable: true,
    groupable: true,
    summable: false,
    schema,
    write: (value) => ({ '': value }),
    read: (value) => value(''),
    text: (value) => String(value('')),
    ...more,
  }
}
