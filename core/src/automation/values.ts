import { sql } from 'kysely'
import { compileExpression, type Expression } from '../expressions/expression.ts'
import { expressionType, toExpression } from '../expressions/fields.ts'
import { ExpressionError } from '../expressions/parse.ts'
import { textOf, type Value, type ValueType } from '../expressions/value.ts'
import type { Access } from '../access/access.ts'
import type { Generation, Row } from '../model/generation.ts'
import { columnOf, type FieldModel, type Model, type ObjectModel } from '../model/model.ts'
import { inputValue } from '../records/stored.ts'
import type { Db } from './rule.ts'

/** A field of the record (`custom.tier`), or of one that it refers to (`client.name`). */
export interface Place { field: FieldModel, through?: FieldModel }

/** Null where there is no such field. */
export function placeOf(model: Model, object: ObjectModel, path: string): Place | null {
  const own = object.byKey.get(path)
  if (own) return { field: own }
  const [first, ...rest] = path.split('.')
  const through = object.byKey.get(first!)
  const field = through?.to ? model.objects.get(through.to)?.byKey.get(rest.join('.')) : undefined
  return through && field ? { field, through } : null
}

export function typeAt(model: Model, object: ObjectModel, path: string): ValueType | null {
  const place = placeOf(model, object, path)
  return place && expressionType(place.field)
}

/** Whether these eyes may see what the expression tells: every field of it, and the object behind a reference whole. */
export function mayTell(model: Model, access: Access, object: ObjectModel, paths: readonly string[]): boolean {
  return paths.every((path) => {
    const place = placeOf(model, object, path)
    if (!place || !access.canRead(place.field) || (place.through && !access.canRead(place.through))) return false
    return !place.through || access.scope(model.objects.get(place.field.object)!, 'read') === 'all'
  })
}

/** An expression over a record and what it refers to. @throws ExpressionError */
export function understand(model: Model, object: ObjectModel, expression: string): Expression {
  return compileExpression(expression, (path) => typeAt(model, object, path))
}

type Part = string | Expression

/** A text with expressions in braces; `{{` is a brace. @throws ExpressionError */
export function understandText(model: Model, object: ObjectModel, text: string): Part[] {
  const parts: Part[] = []
  for (let at = 0, plain = ''; at <= text.length;) {
    if (at === text.length) { parts.push(plain); break }
    if (text.startsWith('{{', at)) { plain += '{'; at += 2; continue }
    if (text[at] !== '{') { plain += text[at]; at += 1; continue }
    const end = text.indexOf('}', at)
    if (end < 0) throw new ExpressionError('formulaSyntax', { at: at + 1 })
    parts.push(plain, understand(model, object, text.slice(at + 1, end)))
    plain = ''
    at = end + 1
  }
  return parts
}

export const pathsIn = (parts: readonly Part[]): string[] => parts.flatMap((part) => (typeof part === 'string' ? [] : part.paths))

/** The values of one record and of those that it refers to, as they are in the transaction. */
export async function valuesOf(db: Db, { model, company }: Generation, object: ObjectModel, row: Row, paths: readonly string[], now: Date): Promise<(expression: Expression) => Value> {
  const behind = new Map<string, Row | undefined>()
  for (const path of paths) {
    const through = placeOf(model, object, path)?.through
    const id = through && row[columnOf(through)]
    if (!through || !id || behind.has(through.key)) continue
    const { rows } = await sql<Row>`select * from core.${sql.id(model.objects.get(through.to!)!.table)} where id = ${id}`.execute(db)
    behind.set(through.key, rows[0])
  }
  return (expression) => expression.run({
    now, timeZone: company.timeZone,
    value(path) {
      const { field, through } = placeOf(model, object, path)!
      const from = through ? behind.get(through.key) : row
      return from ? toExpression(field, inputValue(field, from)) : null
    },
  })
}

export const written = (parts: readonly Part[], value: (expression: Expression) => Value): string => parts.map((part) => (typeof part === 'string' ? part : textOf(value(part)))).join('')
