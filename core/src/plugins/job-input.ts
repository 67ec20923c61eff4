import { InputError } from '@kartotek/sdk'
import { Ajv } from 'ajv'
import { fullFormats } from 'ajv-formats/dist/formats.js'

const ajv = new Ajv({ allErrors: true, strict: false, validateSchema: false, formats: fullFormats })

/** A check of what a job or an event (`what`, for the message) is given against its schema; none where it takes anything. That the schema is one was checked with the manifest. */
export function compileInput(what: string, schema: object | undefined): ((input: unknown) => void) | undefined {
  if (!schema) return undefined
  const validate = ajv.compile(schema)
  return (input) => {
    if (validate(input)) return
    const problems = validate.errors!.map((e) => ({
      field: e.instancePath.slice(1).replaceAll('/', '.'), rule: e.keyword, message: `${e.instancePath || 'The input'} ${e.message}.`, params: e.params as Record<string, unknown>,
    }))
    throw new InputError(`${what} does not take this input: ${ajv.errorsText(validate.errors, { dataVar: 'input' })}.`, problems)
  }
}
