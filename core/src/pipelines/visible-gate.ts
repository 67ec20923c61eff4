import { InputError, NotAllowedError, type Filter } from '@kartotek/sdk'
import type { Access } from '../access/access.ts'
import { objectOf, type ObjectModel } from '../model/model.ts'
import { compileFilter } from '../records/filter.ts'
import { unknownField, type Reading } from '../records/reading.ts'
import type { Gate } from './pipeline.ts'

/** Whether the person may refer to the field or list of this key in a gate. */
export function mayRequire({ access }: Reading, object: ObjectModel, key: string): boolean {
  if (access.scope(object, 'read') === 'none') return false
  const field = object.byKey.get(key)
  return field ? access.canRead(field) : object.lists.some((l) => l.part && l.name === key && access.canList(l))
}

/**
 * Checks that a condition compiles, now and not on the day of the first move, and that its author sees all that it looks
 * at: it is judged with the eyes of the system, so that it would answer him about fields and records that he may not see.
 * @throws InputError for what does not exist for him, NotAllowedError for other objects of which he sees only some records
 */
export function checkCondition(reading: Reading, object: ObjectModel, condition: Filter): void {
  if (reading.access.scope(object, 'read') === 'none') throw unknownField(object, Object.keys(condition)[0] ?? '')
  compileFilter(reading, object, condition, 'r')
  try {
    compileFilter({ ...reading, access: seeingWhole(reading, object) }, object, condition, 'r')
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new NotAllowedError('A condition looks with the eyes of the system; it may only look at other objects of which you see all records.', { object: object.name })
  }
}

/** The rights without the ways to objects of which only some records are seen. Parts are seen with the record itself. */
function seeingWhole({ access, generation: { model } }: Reading, object: ObjectModel): Access {
  const whole = (name: string | undefined): boolean => {
    const other = name === undefined || name === object.name ? undefined : objectOf(model, name)
    return !other || other.partOf.some((p) => p.object === object.name) || access.scope(other, 'read') === 'all'
  }
  return { ...access, canRead: (field) => access.canRead(field) && whole(field.object) && whole(field.to), canList: (list) => access.canList(list) && whole(list.object) }
}

/** The gate as this person may see it. A condition names fields and values: it is seen by who may change it and could have set it. */
export function visibleGate(reading: Reading, object: ObjectModel, gate: Gate): Gate {
  return {
    ...gate,
    requiredFields: gate.requiredFields?.filter((key) => mayRequire(reading, object, key)),
    condition: gate.condition && seesCondition(reading, object, gate.condition) ? gate.condition : undefined,
  }
}

function seesCondition(reading: Reading, object: ObjectModel, condition: Filter): boolean {
  if (reading.access.everything) return true
  if (!reading.access.capability('pipelines.manage')) return false
  try {
    checkCondition(reading, object, condition)
    return true
  } catch {
    return false
  }
}

/** A gate that is saved by who does not see all of it: what he does not see stays. */
export function withUnseen(reading: Reading, object: ObjectModel, saved: Gate, before: Gate | undefined): Gate {
  if (!before) return saved
  const seen = visibleGate(reading, object, before)
  const unseen = before.requiredFields?.filter((key) => !seen.requiredFields?.includes(key)) ?? []
  const closed = before.condition && Object.keys(before.condition).length > 0 && !seen.condition
  if (closed && saved.condition) throw new NotAllowedError('This stage has a condition that you may not see; it is replaced by who sees what it looks at.')
  return {
    ...saved, condition: closed ? before.condition : saved.condition,
    requiredFields: unseen.length ? [...saved.requiredFields ?? [], ...unseen] : saved.requiredFields,
  }
}
