import { computed, type ComputedRef } from 'vue'
import { useQuery } from '@urql/vue'
import { enumName, operationsOf } from '../model/naming.ts'
import type { FieldInfo, ObjectInfo, StageInfo } from '../model/types.ts'
import { listDocument } from '../records/documents.ts'
import { useRecordList, type RecordList } from '../records/list/useRecordList.ts'

export interface ColumnSum { currency: string | null, amount: string }
export interface BoardColumnData {
  list: RecordList
  /** How many records stand here, as the server counts. */
  count: ComputedRef<number | null>
  /** Their amounts, one for each currency. */
  sums: ComputedRef<ColumnSum[]>
}

interface AggregateRow { values: { value: string | null, currency: string | null }[] }

/** The records of one stage, a page at a time, with their number and sums. */
export function useBoardColumn(object: ObjectInfo, stage: () => StageInfo, options: { fields: () => FieldInfo[], filter: () => Record<string, unknown> | undefined, search: () => string, amount: FieldInfo | undefined }): BoardColumnData {
  const filter = () => {
    const own = { stage: { eq: stage().id } }
    const more = options.filter()
    return more ? { and: [own, more] } : own
  }
  const list = useRecordList({
    field: object.plural,
    document: first => listDocument(object, options.fields(), first),
    variables: () => ({ filter: filter(), search: options.search() || undefined, orderBy: [{ field: 'stageEnteredAt', direction: 'DESC' }] }),
    pageSize: 30,
  })
  const { type, aggregate } = operationsOf(object)
  const sums = useQuery<Record<string, AggregateRow[]>>({
    query: `query ${type}Sums($filter: ${type}Filter, $search: String, $measures: [${type}Measure!]!) {
  ${aggregate}(filter: $filter, search: $search, measures: $measures) { values { value currency } }
}`,
    variables: computed(() => ({
      filter: filter(), search: options.search() || undefined,
      measures: options.amount ? [{ function: 'SUM', field: enumName(options.amount.key) }] : [],
    })),
    pause: !options.amount,
  })
  return {
    list,
    count: computed(() => list.total.value?.value ?? null),
    sums: computed(() => sums.data.value?.[aggregate]?.flatMap(row => row.values).flatMap(({ currency, value }) => value && Number(value) ? [{ currency, amount: value }] : []) ?? []),
  }
}
