import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { query } from '../../graphql/client.ts'
import { asProblem, type Problem } from '../../graphql/problem.ts'
import { CHANGE_SETS, type ChangeSet } from './documents.ts'

interface Answer { changeSets: { nodes: ChangeSet[], pageInfo: { hasNextPage: boolean, endCursor: string | null } } }

export interface ChangeSets {
  entries: ComputedRef<ChangeSet[]>
  loading: ShallowRef<boolean>
  problem: ShallowRef<Problem | null>
  hasMore: ShallowRef<boolean>
  loadMore(): void
  reload(): void
}

/** Change sets by page, newest first. They never change, so they need no live query. */
export function useChangeSets(scope: () => { object?: string, record?: string, configuration?: boolean }): ChangeSets {
  const list = shallowRef<ChangeSet[]>([])
  const loading = shallowRef(false)
  const problem = shallowRef<Problem | null>(null)
  const hasMore = shallowRef(false)
  let cursor: string | null = null
  let round = 0

  async function ask(fresh: boolean): Promise<void> {
    const mine = fresh ? ++round : round
    loading.value = true
    problem.value = null
    try {
      const { changeSets } = await query<Answer>(CHANGE_SETS, { ...scope(), first: 20, after: fresh ? null : cursor })
      if (mine !== round) return
      list.value = fresh ? changeSets.nodes : [...list.value, ...changeSets.nodes]
      cursor = changeSets.pageInfo.endCursor
      hasMore.value = changeSets.pageInfo.hasNextPage
    } catch (error) {
      problem.value = asProblem(error)
    } finally {
      if (mine === round) loading.value = false
    }
  }

  watch(() => JSON.stringify(scope()), () => void ask(true), { immediate: true })
  return { entries: computed(() => list.value), loading, problem, hasMore, loadMore: () => void ask(false), reload: () => void ask(true) }
}
