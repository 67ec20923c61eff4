import { InputError, type FieldProblem, type Locale } from '@kartotek/sdk'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { isCountry, isTimeZone } from './company.ts'
import { problemMessage } from './messages.ts'

/** A checked clone with defaults filled in, deeply frozen. */
export type SettingsCheck = <T>(values: unknown, locale?: Locale) => Readonly<T>

const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: false, allowUnionTypes: true })
formats.default(ajv)
ajv.addFormat('secret', true)
ajv.addFormat('country', isCountry)
ajv.addFormat('time-zone', isTimeZone)

/**
 * Compiles a JSON Schema of settings.
 * @throws Error where the schema itself is wrong
 * @returns a check that throws InputError with one problem per field
 */
export function compileSettings(schema: object): SettingsCheck {
  const validate: ValidateFunction = ajv.compile(schema)
  return <T>(values: unknown, locale: Locale = 'en') => {
    const clone = structuredClone(values ?? {})
    if (!validate(clone)) {
      const problems = validate.errors!.map((error) => problemOf(error, locale))
      throw new InputError(problems.map((p) => `${p.field}: ${p.message}`).join(' '), problems)
    }
    return deepFreeze(clone) as Readonly<T>
  }
}

function problemOf(error: ErrorObject, locale: Locale): FieldProblem {
  const params = error.params as Record<string, unknown>
  const leaf = (params.missingProperty ?? params.additionalProperty) as string | undefined
  const field = [...error.instancePath.split('/').slice(1), ...leaf === undefined ? [] : [leaf]].join('.')
  const rule = RULES[error.keyword] ?? error.keyword
  return { field, rule, message: problemMessage(rule, params, locale), params }
}

/** The house's names of rules. */
const RULES: Record<string, string> = {
  additionalProperties: 'unknown', enum: 'option', minimum: 'min', maximum: 'max', minItems: 'required',
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part)
    Object.freeze(value)
  }
  return value
}

/** Paths (`smtp.password`) of the string settings with `format: secret`. */
export function secretPaths(schema: object, prefix = ''): string[] {
  const { properties = {} } = schema as { properties?: Record<string, object> }
  return Object.entries(properties).flatMap(([name, part]) => {
    const path = prefix + name
    return (part as { format?: string }).format === 'secret' ? [path] : secretPaths(part, `${path}.`)
  })
}
