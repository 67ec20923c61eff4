import { sql, type RawBuilder } from 'kysely'
import { columnOf, GIVEN_LISTS, type FieldModel, type Model, type ObjectModel } from '../model/model.ts'

/** Texts, and what else may tell who somebody is. */
export const TELLING: ReadonlySet<string> = new Set(['text', 'longText', 'email', 'phone', 'url', 'address', 'taxId'])
export const isOwn = (field: FieldModel): boolean => !field.id.startsWith('base:')
const WORDED = new Set(['text', 'longText', 'email', 'phone', 'url'])

/** Rows of an object that are parts of documents. */
export interface DocumentPart {
  part: ObjectModel
  where: RawBuilder<unknown>
  /** Contact points and addresses: they lead to somebody and are nothing else, so they go as a whole. */
  leads: boolean
}

/** The parts of these documents in which something may be written about a person. */
export function documentParts(model: Model, document: ObjectModel, ids: readonly string[]): DocumentPart[] {
  const leading = new Set<string>(Object.values(GIVEN_LISTS))
  return [...model.objects.values()].flatMap((part) => part.partOf
    .filter((one) => one.object === document.name && (leading.has(part.name) || writtenIn(part).length + worded(part).length > 0))
    .map((one) => ({ part, where: sql`${sql.id(columnOf(part.byKey.get(one.field)!))} = any(${ids}::uuid[])`, leads: leading.has(part.name) })))
}

/** A part with amounts is a line of the document, and is kept as it was sold; only what a company added to it is not. */
export const isLine = (part: ObjectModel): boolean => part.fields.some((f) => f.type === 'money')

/** Of a line only what the company added. */
const isWritten = (part: ObjectModel, field: FieldModel): boolean => field.kind !== 'system' || !isLine(part)

/** Fields of a part that are emptied. */
export function writtenIn(part: ObjectModel): FieldModel[] {
  return part.fields.filter((f) => isOwn(f) && !f.required && !f.unique && !f.format && TELLING.has(f.type) && isWritten(part, f))
}

/** Fields of a part that must have something: they get a word. */
export function worded(part: ObjectModel): FieldModel[] {
  return part.fields.filter((f) => isOwn(f) && f.required && !f.unique && !f.format && WORDED.has(f.type) && isWritten(part, f))
}
