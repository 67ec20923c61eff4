import type { ShownWhen } from '@kartotek/sdk'
import { invalid } from './change.ts'
import type { FieldModel, ObjectModel } from './model.ts'

/** Types of fields on whose values it can depend whether others are shown. */
const DECIDING: readonly FieldModel['type'][] = ['select', 'multiSelect', 'boolean']

/** The field that decides, where it is there and open. */
function decidingField(object: ObjectModel, when: ShownWhen, open: (field: FieldModel) => boolean): FieldModel | null {
  const field = object.byKey.get(when.field)
  return field && DECIDING.includes(field.type) && open(field) ? field : null
}

/** The condition as a reader may know it: one over a field that is gone or closed to him is none, and what hangs on it is shown. */
export function visibleShownWhen(object: ObjectModel | undefined, when: ShownWhen | null | undefined, open: (field: FieldModel) => boolean): ShownWhen | null {
  return when && object && decidingField(object, when, open) ? when : null
}

/** @throws InputError for a condition of the field `key` that can never hold, or is over a field that is closed to who makes it */
export function checkShownWhen(object: ObjectModel, key: string, when: ShownWhen | null | undefined, open: (field: FieldModel) => boolean): void {
  if (!when) return
  const field = when.field === key ? null : decidingField(object, when, open)
  if (!field) throw invalid('shownWhen', 'reference', `"${when.field}" is no other field of ${object.name} with choices, and no yes or no.`)
  const values = field.type === 'boolean' ? ['true', 'false'] : (field.options ?? []).map((option) => option.key)
  if (!when.in.length) throw invalid('shownWhen', 'required', 'Name at least one value.')
  const bad = when.in.find((value) => !values.includes(value))
  if (bad !== undefined) throw invalid('shownWhen', 'option', `"${bad}" is no value of ${when.field}: it has ${values.join(', ')}.`)
}
