import { sql } from 'kysely'
import { textIn } from '@kartotek/sdk'
import { translate } from '../messages/translate.ts'
import type { Reading } from '../records/reading.ts'
import { visibleTitles } from './changes.ts'
import type { Kept } from './revert.ts'
import type { KeptNote } from './reverts.ts'

/** A record that stayed as it is, wholly or in part, when a change set was undone. `record` is null where the reader may not see it. */
export interface KeptRecord { object: string, record: { object: string, id: string, title: string | null } | null, fields: string[], message: string }

// What a rule says may hold a value, and is told only to who undoes; here its kind is enough.
const WHY: Record<Kept['reason'], string> = {
  changed: 'Somebody changed it since, so it stays.',
  hidden: 'A field or list of it is hidden now and stays as it is.',
  gone: 'The record is not there any more, or you may not see it.',
  forbidden: 'Who undid it may not change this record.',
  invalid: 'What was there before no longer fits the rules.',
}

/** What stayed of a change set that was undone, with the labels of the fields that the reader may read. */
export async function listKept(reading: Reading, changeSet: string, limit: number): Promise<KeptRecord[]> {
  const { rows } = await sql<{ object: string, record: string, kept: KeptNote[] }>`select object, root_id as record, kept from core.revert_item
    where change_set_id = ${changeSet} and kept is not null order by position limit ${sql.lit(limit)}`.execute(reading.db)
  const titles = await visibleTitles(reading, rows.map(({ object, record }) => [object, record]))
  return rows.flatMap(({ object: name, record, kept }) => kept.map(({ reason, fields }) => ({
    object: name, record: titles.has(record) ? { object: name, id: record, title: titles.get(record) ?? null } : null,
    fields: fields.flatMap((key) => labelIn(reading, name, key) ?? []), message: translate(WHY[reason], reading.locale),
  })))
}

/** The label of a field or list, if the reader may read it. */
function labelIn({ generation: { model }, access, locale }: Reading, name: string, key: string): string | null {
  const object = model.objects.get(name)
  const field = object?.byKey.get(key)
  if (field) return access.canRead(field) ? textIn(field.label, locale) : null
  const list = object?.lists.find((one) => one.name === key)
  return list && access.canList(list) ? textIn(model.objects.get(list.object)?.labelPlural, locale) : null
}
