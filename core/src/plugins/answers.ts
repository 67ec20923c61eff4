import { Readable } from 'node:stream'
import { LOCALES, type NewFile } from '@kartotek/sdk'
import { Ajv } from 'ajv'
import { fullFormats } from 'ajv-formats/dist/formats.js'

const ajv = new Ajv({ strict: false, validateSchema: false, formats: fullFormats })

/** Schema of a text that is there in at least one language. */
export const LOCALIZED = { type: 'object', minProperties: 1, properties: Object.fromEntries(LOCALES.map((locale) => [locale, { type: 'string' }])), additionalProperties: false }
/** Schema of words that may be in one language. */
export const WORDS = { anyOf: [{ type: ['string', 'null'] }, LOCALIZED] }
export const TEXT = { type: 'string' }
export const TEXT_OR_NULL = { type: ['string', 'null'] }
export const MOMENT = { type: 'string', format: 'date-time' }
export const MOMENT_OR_NULL = { anyOf: [{ type: 'null' }, MOMENT] }

/**
 * Makes the check of what code of a plugin answers: types promise nothing at the border.
 * @returns a function that gives the answer back, or throws an Error that says what is wrong with it, for the log
 */
export function answerOf<Answer>(what: string, schema: object): (answer: unknown) => Answer {
  const validate = ajv.compile(schema)
  return (answer) => {
    if (validate(answer)) return answer as Answer
    throw new TypeError(`It answered with no ${what}: ${ajv.errorsText(validate.errors, { dataVar: 'answer' })}.`)
  }
}

/** A file that code of a plugin made, its contents as a stream. @throws TypeError where it is none */
export function fileOf(answer: NewFile | null | undefined): { name: string, content: Readable } {
  const { name, content } = answer ?? {} as Partial<NewFile>
  if (typeof name !== 'string' || !name.trim() || name.length > 200) throw new TypeError('It made a file without a name of 1 to 200 characters.')
  if (content instanceof Readable) return { name, content }
  if (typeof content !== 'string' && !(content instanceof Uint8Array)) throw new TypeError('It made a file without contents: a text, bytes or a stream.')
  if (!content.length) throw new TypeError('It made an empty file.')
  return { name, content: Readable.from([content]) }
}
