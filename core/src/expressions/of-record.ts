import { sql, type Kysely } from 'kysely'
import type { Access } from '../access/access.ts'
import type { Generation, Row } from '../model/generation.ts'
import { columnOf, type FieldModel, type Model, type ObjectModel } from '../model/model.ts'
import { inputValue } from '../records/stored.ts'
import { compileExpression, type Expression } from './expression.ts'
import { expressionType, toExpression } from './fields.ts'
import type { Value, ValueType } from './value.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** A field of the record (`custom.tier`), or of one that it refers to (`client.name`, `custom.buyer.name`). */
export interface Place { field: FieldModel, through?: FieldModel }

/** Null where there is no such field. */
export function placeOf(model: Model, object: ObjectModel, path: string): Place | null {
  const own = object.byKey.get(path)
  if (own) return { field: own }
  for (let point = path.indexOf('.'); point > 0; point = path.indexOf('.', point + 1)) {
    const through = object.byKey.get(path.slice(0, point))
    const field = through?.to ? model.objects.get(through.to)?.byKey.get(path.slice(point + 1)) : undefined
    if (through && field) return { field, through }
  }
  return null
}

export function typeAt(model: Model, object: ObjectModel, path: string): ValueType | null {
  const place = placeOf(model, object, path)
  return place && expressionType(place.field)
}

/** Whether these eyes may refer to the field at all. */
export function mayName(model: Model, access: Access, object: ObjectModel, path: string): boolean {
  const place = placeOf(model, object, path)
  return place !== null && access.canRead(place.field) && (!place.through || access.canRead(place.through))
}

/** Whether these eyes may see what the expression tells: every field of it, and the object behind a reference whole. */
export function mayTell(model: Model, access: Access, object: ObjectModel, paths: readonly string[]): boolean {
  return paths.every((path) => {
    const place = placeOf(model, object, path)
    return place !== null && mayName(model, access, object, path) && (!place.through || access.scope(model.objects.get(place.field.object)!, 'read') === 'all')
  })
}

/** An expression over a record and what it refers to. @throws ExpressionError */
export function understand(model: Model, object: ObjectModel, expression: string): Expression {
  return compileExpression(expression, (path) => typeAt(model, object, path))
}

/** The values of records and of those that they refer to, as they are in the transaction: one statement for each reference. */
export async function valuesOf(db: Db, { model, company }: Generation, object: ObjectModel, rows: readonly Row[], paths: readonly string[], now: Date): Promise<(expression: Expression, row: Row) => Value> {
  const behind = new Map<string, Map<string, Row>>()
  for (const path of paths) {
    const through = placeOf(model, object, path)?.through
    if (!through || behind.has(through.key)) continue
    const ids = [...new Set(rows.map((row) => row[columnOf(through)]))].filter((id) => id != null)
    const { rows: found } = ids.length ? await sql<Row>`select * from core.${sql.id(model.objects.get(through.to!)!.table)} where id = any(${ids}::uuid[])`.execute(db) : { rows: [] }
    behind.set(through.key, new Map(found.map((row) => [row.id, row])))
  }
  return (expression, row) => expression.run({
    now, timeZone: company.timeZone,
    value(path) {
      const { field, through } = placeOf(model, object, path)!
      const from = through ? behind.get(through.key)!.get(row[columnOf(through)] as string) : row
      return from ? toExpression(field, inputValue(field, from)) : null
    },
  })
}
