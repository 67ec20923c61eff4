import { InputError, type FieldProblem, type Locale } from '@kartotek/sdk'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
// only these: the package as a whole loads a second copy of ajv
import { fullFormats } from 'ajv-formats/dist/formats.js'
import { isCountry, isTimeZone } from './company.ts'
import { problemMessage } from './messages.ts'

/** A checked clone with defaults filled in, deeply frozen. */
export type SettingsCheck = <T>(values: unknown, locale?: Locale) => Readonly<T>

// what plugins bring was checked with their manifest
const ajv = new Ajv({
  allErrors: true, useDefaults: true, strict: false, allowUnionTypes: true, validateSchema: false,
  formats: { ...fullFormats, 'secret': true, 'country': isCountry, 'time-zone': isTimeZone },
})

/**
 * A JSON Schema of settings, compiled with the first values that are checked.
 * @returns a check that throws InputError with one problem per field, and Error where the schema itself is wrong
 */
export function compileSettings(schema: object): SettingsCheck {
  let validate: ValidateFunction | undefined
  return <T>(values: unknown, locale: Locale = 'en') => {
    const clone = structuredClone(values ?? {})
    validate ??= ajv.compile(schema)
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
