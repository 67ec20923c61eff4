import { computed, watch, type ComputedRef } from 'vue'
import { paced } from '../graphql/paced.ts'
import { useQuery } from '../graphql/useQuery.ts'
import { enumName, operationsOf } from '../model/naming.ts'
import type { FieldInfo, ObjectInfo, PipelineInfo } from '../model/types.ts'

/** What stands in one stage. Amounts of several currencies are not added up. */
export interface StageSum { count: number, amounts: { amount: string, currency: string | null }[] }
export interface StageSumsOptions {
  pipeline: () => PipelineInfo | undefined
  filter: () => Record<string, unknown> | undefined
  search: () => string
  amount: () => FieldInfo | undefined
  /** Counted again soon after this changes. */
  again: () => unknown
}

interface AggregateRow {
  keys: { value: string | null }[]
  values: { function: 'COUNT' | 'SUM', value: string | null, currency: string | null }[]
}

/** Number and sums of every stage of a pipeline, in one request. */
export function useStageSums(object: ObjectInfo, options: StageSumsOptions): ComputedRef<Map<string, StageSum> | null> {
  const { type, aggregate } = operationsOf(object)
  const { data, executeQuery } = useQuery<Record<string, AggregateRow[]>>({
    query: `query ${type}StageSums($filter: ${type}Filter, $search: String, $measures: [${type}Measure!]!) {
  ${aggregate}(filter: $filter, search: $search, groupBy: [{ field: stage }], measures: $measures, first: 200) { keys { value } values { function value currency } }
}`,
    variables: computed(() => {
      const own = { pipeline: { eq: options.pipeline()?.id } }
      const more = options.filter()
      const amount = options.amount()
      return {
        filter: more ? { and: [own, more] } : own, search: options.search() || undefined,
        measures: [{ function: 'COUNT' }, ...(amount ? [{ function: 'SUM', field: enumName(amount.key) }] : [])],
      }
    }),
    requestPolicy: 'cache-and-network',
    pause: computed(() => !options.pipeline()),
  })
  watch(options.again, paced(() => void executeQuery({ requestPolicy: 'network-only' })))
  return computed(() => data.value ? new Map(data.value[aggregate]?.map(({ keys, values }) => [keys[0]?.value ?? '', {
    count: Number(values.find(value => value.function === 'COUNT')?.value ?? 0),
    amounts: values.flatMap(({ function: name, value, currency }) => name === 'SUM' && value && Number(value) ? [{ amount: value, currency }] : []),
  }])) : null)
}
