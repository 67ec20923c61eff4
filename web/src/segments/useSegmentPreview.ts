import { shallowRef, watch, type ShallowRef } from 'vue'
import { useDebounceFn } from '@vueuse/core'
import { query } from '../graphql/client.ts'
import { asProblem, type Problem } from '../graphql/problem.ts'
import type { ObjectInfo } from '../model/types.ts'
import { COUNT } from './documents.ts'

export interface Preview {
  count: ShallowRef<number | null>
  members: ShallowRef<{ id: string, title: string | null }[]>
  counting: ShallowRef<boolean>
  problem: ShallowRef<Problem | null>
}

const SHOWN = 10

/** How many records a condition finds, and the first of them, while it is being written. */
export function useSegmentPreview(object: () => ObjectInfo, filter: () => Record<string, unknown> | undefined): Preview {
  const count = shallowRef<number | null>(null)
  const members = shallowRef<{ id: string, title: string | null }[]>([])
  const counting = shallowRef(false)
  const problem = shallowRef<Problem | null>(null)
  let round = 0

  async function look(): Promise<void> {
    const mine = ++round
    const given = filter()
    if (!given) {
      count.value = null
      members.value = []
      counting.value = false
      return
    }
    const { type, plural, name } = object()
    try {
      const [answer, list] = await Promise.all([
        query<{ filterCount: { value: number } }>(COUNT, { object: name, filter: given }),
        query<Record<string, { nodes: { id: string, title: string | null }[] }>>(`query ${type}Preview($filter: ${type}Filter) { ${plural}(filter: $filter, first: ${SHOWN}) { nodes { id title } } }`, { filter: given }),
      ])
      if (mine !== round) return
      count.value = answer.filterCount.value
      members.value = list[plural]!.nodes
      problem.value = null
    } catch (error) {
      if (mine === round) problem.value = asProblem(error)
    } finally {
      if (mine === round) counting.value = false
    }
  }
  const later = useDebounceFn(look, 400)
  watch(() => JSON.stringify(filter() ?? null), () => { counting.value = true; void later() }, { immediate: true })
  return { count, members, counting, problem }
}
