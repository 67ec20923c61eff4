import type { FieldInfo, ObjectInfo, StageInfo } from '../model/types.ts'
import { boardSelection, listDocument } from '../records/documents.ts'
import { useRecordList, type RecordList } from '../records/list/useRecordList.ts'

export interface BoardColumnOptions {
  fields: () => readonly FieldInfo[]
  filter: () => Record<string, unknown> | undefined
  search: () => string
}

/** The records of one stage, a page at a time, those that came last first. */
export function useBoardColumn(object: ObjectInfo, stage: () => StageInfo, options: BoardColumnOptions): RecordList {
  return useRecordList({
    field: object.plural,
    document: _first => listDocument(object, boardSelection(object, options.fields()), false),
    variables: () => {
      const own = { stage: { eq: stage().id } }
      const more = options.filter()
      return {
        filter: more ? { and: [own, more] } : own, search: options.search() || undefined,
        orderBy: [{ field: 'stageEnteredAt', direction: 'DESC' }],
      }
    },
    pageSize: 30,
  })
}
