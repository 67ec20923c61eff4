import type { GuardRecord, RecordData } from '@kartotek/sdk'
import type { Row } from '../../model/generation.ts'
import type { FieldModel, ObjectModel } from '../../model/model.ts'
import { put } from '../rows.ts'
import { columnsOfStored, inputValue } from '../stored.ts'
import type { Draft } from './draft.ts'
import type { Writing } from './writing.ts'

const ACTIONS = { create: 'create', update: 'update', archive: 'update', restore: 'update', trash: 'delete' } as const

/** Asks the guards of plugins: once for all records, and, where they refuse, one by one to find whom they mean. */
export async function runGuards(w: Writing, object: ObjectModel, drafts: Draft[]): Promise<void> {
  for (const [action, group] of Map.groupBy(drafts, (d) => ACTIONS[d.item.op])) await ask(w, `${object.name}.${action}`, group)
  await ask(w, `${object.name}.stage`, drafts.filter((d) => d.moved && !d.isNew && !d.error))
}

async function ask(w: Writing, action: string, drafts: Draft[]): Promise<void> {
  if (!drafts.length || !w.engine.guards.has(action)) return
  const records = drafts.map(guardRecord)
  try {
    await w.engine.guards.run(action, records, w)
  } catch (error) {
    if (drafts.length === 1) { drafts[0]!.error = error as Error; return }
    for (const draft of drafts) {
      try {
        await w.engine.guards.run(action, [guardRecord(draft)], w)
      } catch (refusal) {
        draft.error = refusal as Error
      }
    }
  }
}

function guardRecord(draft: Draft): GuardRecord {
  const after = draft.item.op === 'trash' ? null : dataOf(draft.object.fields, draft.row)
  const changed = draft.changedLists.map((list) => list.name)
  const lists = changed.length > 0 ? { lists: changed } : {}
  if (draft.isNew) return { id: draft.row.id, before: null, after, ...lists }
  const before: Row = { ...draft.row }
  for (const key of draft.changed) {
    const field = draft.object.byKey.get(key)
    if (field) Object.assign(before, columnsOfStored(field, draft.before[key]))
  }
  return { id: draft.row.id, before: dataOf(draft.object.fields, before), after, ...lists }
}

function dataOf(fields: readonly FieldModel[], row: Row): RecordData {
  const data: RecordData = { id: row.id, version: row.version }
  for (const field of fields) if (!field.hidden) put(data, field, inputValue(field, row))
  return data
}
