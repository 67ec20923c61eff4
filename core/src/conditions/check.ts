import { InputError, NotAllowedError, type Filter } from '@kartotek/sdk'
import type { Access } from '../access/access.ts'
import { mayTell } from '../expressions/of-record.ts'
import { objectOf, type ObjectModel } from '../model/model.ts'
import { compileFilter } from '../records/filter.ts'
import { unknownField, type Reading } from '../records/reading.ts'
import { conditionFormula, halvesOf } from './condition.ts'

/**
 * Checks that a condition compiles, now and not on the day of the first move, and that its author sees all that it looks
 * at: it is judged with the eyes of the system, so that it would answer him about fields and records that he may not see.
 * @throws InputError for what does not exist for him, NotAllowedError for other objects of which he sees only some records
 * @param at where the condition stands in the input
 */
export function checkCondition(reading: Reading, object: ObjectModel, condition: Filter, at = 'condition'): void {
  const { access, generation: { model } } = reading
  if (access.scope(object, 'read') === 'none') throw unknownField(object, Object.keys(condition)[0] ?? '')
  // A list has no halves; the filter says what is wrong with it.
  const { filter, formula } = Array.isArray(condition) ? { filter: condition as Filter, formula: null } : halvesOf(condition)
  if (formula !== null && !mayTell(model, access, object, conditionFormula(reading, object, formula, `${at}.formula`).paths)) throw onlyPartSeen(object)
  if (!filter) return
  compileFilter(reading, object, filter, 'r')
  try {
    compileFilter({ ...reading, access: seeingWhole(reading, object) }, object, filter, 'r')
  } catch (error) {
    throw error instanceof InputError ? onlyPartSeen(object) : error
  }
}

function onlyPartSeen(object: ObjectModel): NotAllowedError {
  return new NotAllowedError('A condition looks with the eyes of the system; it may only look at other objects of which you see all records.', { object: object.name })
}

/** The rights without the ways to objects of which only some records are seen. Parts are seen with the record itself. */
function seeingWhole({ access, generation: { model } }: Reading, object: ObjectModel): Access {
  const whole = (name: string | undefined): boolean => {
    const other = name === undefined || name === object.name ? undefined : objectOf(model, name)
    return !other || other.partOf.some((p) => p.object === object.name) || access.scope(other, 'read') === 'all'
  }
  return { ...access, canRead: (field) => access.canRead(field) && whole(field.object) && whole(field.to), canList: (list) => access.canList(list) && whole(list.object) }
}
