import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { RE2JS } from 're2js'
import type { FieldDefinition } from '@kartotek/sdk'
import { fieldTypes, ValueIssue, type ValueContext } from './field-types/index.ts'

/**
 * Patterns come from admins: RE2 runs them in linear time whatever they are. ajv only calls `test`.
 * The engine name goes into ajv's cache key.
 */
const linearRegExp = Object.assign((pattern: string): RegExp => {
  const compiled = RE2JS.compile(pattern)
  // ajv types the engine as RegExp but uses only test(), and toString() as the key of its cache.
  return { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern } as RegExp
}, { code: 're2' })

const ajv = new Ajv({ allErrors: false, strict: true, strictTypes: false, $data: false, allowUnionTypes: true, code: { regExp: linearRegExp } })

/** Is this a pattern that the engine takes? RE2 has no look-around and no back references. */
export function patternProblem(pattern: string): string | null {
  try {
    RE2JS.compile(pattern)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** Checks one input value; gives the broken rule with its parameters, or null. */
export type FieldValidator = (value: unknown) => { rule: string, params: Record<string, unknown> } | null

const RULES: Record<string, string> = {
  minimum: 'min', maximum: 'max', minLength: 'minLength', maxLength: 'maxLength', pattern: 'pattern', enum: 'option',
  type: 'type', maxItems: 'maxItems', uniqueItems: 'uniqueItems', required: 'type', additionalProperties: 'type', anyOf: 'type',
}

function broken(error: ErrorObject, definition: FieldDefinition): { rule: string, params: Record<string, unknown> } {
  const rule = error.keyword === 'enum' && definition.format === 'currency' ? 'currencyCode' : RULES[error.keyword] ?? 'type'
  if (rule === 'option') return { rule, params: { options: (definition.options ?? []).map((o) => o.key).slice(0, 20) } }
  if (rule === 'type') return { rule, params: { type: definition.type } }
  const { limit } = error.params as { limit?: number }
  return { rule, params: limit === undefined ? {} : { [rule]: limit } }
}

/** One compiled validator for a field definition. Null values are not its concern: emptiness is the rule `required`. */
export function compileValidator(definition: FieldDefinition): FieldValidator {
  let validate: ValidateFunction | undefined
  return (value) => {
    validate ??= ajv.compile(fieldTypes[definition.type].schema(definition))
    if (validate(value)) return null
    return broken(validate.errors![0]!, definition)
  }
}

/** The same, and what shows only when the value is converted: ranges of decimals and dates, checksums, dates that are none. */
export function compileCheck(definition: FieldDefinition, context: ValueContext): FieldValidator {
  const validate = compileValidator(definition)
  return (value) => {
    const broken = validate(value)
    if (broken) return broken
    try {
      fieldTypes[definition.type].write(value, definition, context)
      return null
    } catch (error) {
      if (!(error instanceof ValueIssue)) throw error
      return { rule: error.rule, params: error.params }
    }
  }
}
