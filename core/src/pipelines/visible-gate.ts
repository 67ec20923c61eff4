import { NotAllowedError, type Filter } from '@kartotek/sdk'
import { checkCondition } from '../conditions/check.ts'
import type { ObjectModel } from '../model/model.ts'
import type { Reading } from '../records/reading.ts'
import type { Gate } from './pipeline.ts'

/** Whether the person may refer to the field or list of this key in a gate. */
export function mayRequire({ access }: Reading, object: ObjectModel, key: string): boolean {
  if (access.scope(object, 'read') === 'none') return false
  const field = object.byKey.get(key)
  return field ? access.canRead(field) : object.lists.some((l) => l.part && l.name === key && access.canList(l))
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
