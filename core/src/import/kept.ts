import { sql } from 'kysely'
import { textIn } from '@kartotek/sdk'
import { visibleTitles } from '../changes/changes.ts'
import type { Kept, KeptNote } from '../changes/revert.ts'
import { translate } from '../messages/translate.ts'
import type { Reading } from '../records/reading.ts'

/** A record that an import left as it is when it was undone. `record` is null where the reader may not see it. */
export interface ImportKept { object: string, record: { object: string, id: string, title: string | null } | null, fields: string[], message: string }

// What a rule says may hold a value, and is told only to who undoes; here its kind is enough.
const WHY: Record<Kept['reason'], string> = {
  changed: 'Somebody changed it since, so it stays.',
  gone: 'The record is not there any more, or you may not see it.',
  forbidden: 'Who undid it may not change this record.',
  invalid: 'What was there before no longer fits the rules.',
}

/** What stayed of an import that was undone, with the labels of the fields that the reader may read. */
export async function listKept(reading: Reading, changeSet: string, limit: number): Promise<ImportKept[]> {
  const { rows: [set] } = await sql<{ kept: KeptNote[] | null }>`select flags -> 'kept' as kept from core.change_set where id = ${changeSet}`.execute(reading.db)
  const kept = (set?.kept ?? []).slice(0, limit)
  const titles = await visibleTitles(reading, kept.map(({ object, record }) => [object, record]))
  return kept.map(({ object: name, record, reason, fields }) => {
    const object = reading.generation.model.objects.get(name)
    const labels = fields.flatMap((key) => {
      const field = object?.byKey.get(key)
      if (field) return reading.access.canRead(field) ? [textIn(field.label, reading.locale)] : []
      const list = object?.lists.find((one) => one.name === key)
      return list && reading.access.canList(list) ? [textIn(reading.generation.model.objects.get(list.object)?.labelPlural, reading.locale)] : []
    })
    return { object: name, record: titles.has(record) ? { object: name, id: record, title: titles.get(record) ?? null } : null, fields: labels, message: translate(WHY[reason], reading.locale) }
  })
}
