import { InputError, LimitError, type Filter } from '@kartotek/sdk'
import type { ObjectModel } from '../model/model.ts'
import { compileFilter } from '../records/filter.ts'
import type { Reading } from '../records/reading.ts'
import { withSegments } from '../segments/in-filter.ts'

/** Refuses a filter that the actor could not use in a list. @throws InputError, LimitError */
export async function checkFilter(reading: Reading, object: ObjectModel, filter: Filter): Promise<void> {
  compileFilter(await withSegments(reading, filter), object, filter, 'r')
}

/** Whether a saved filter can be used by this reader: all that it looks at is there, and he may read it. */
export async function isApplicable(reading: Reading, object: ObjectModel, filter: Filter | null | undefined): Promise<boolean> {
  if (!filter) return true
  try {
    await checkFilter(reading, object, filter)
    return true
  } catch (error) {
    if (error instanceof InputError || error instanceof LimitError) return false
    throw error
  }
}
