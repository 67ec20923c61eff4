import { computed, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { refDebounced } from '@vueuse/core'
import { query } from '../../graphql/client.ts'
import { asProblem, type Problem } from '../../graphql/problem.ts'
import { TIMELINE, type TimelineAnswer, type TimelineItem } from './documents.ts'

export interface Timeline {
  items: ComputedRef<TimelineItem[]>
  /** Shown above the others, whatever their time. */
  pinned: ComputedRef<TimelineItem[]>
  kinds: Ref<string[]>
  term: Ref<string>
  loading: ShallowRef<boolean>
  problem: ShallowRef<Problem | null>
  hasMore: ShallowRef<boolean>
  /** Of the records around this one only the newest are followed. */
  isPart: ShallowRef<boolean>
  loadMore(): void
  reload(): void
}

const PAGE = 30

/** The timeline of a record by page, newest first. */
export function useTimeline(subject: () => { object: string, id: string }): Timeline {
  const list = shallowRef<TimelineItem[]>([])
  const pins = shallowRef<TimelineItem[]>([])
  const loading = shallowRef(false)
  const problem = shallowRef<Problem | null>(null)
  const hasMore = shallowRef(false)
  const isPart = shallowRef(false)
  const kinds = ref<string[]>([])
  const term = ref('')
  const settled = refDebounced(term, 250)
  let cursor: string | null = null
  let round = 0

  async function ask(fresh: boolean): Promise<void> {
    const mine = fresh ? ++round : round
    loading.value = true
    problem.value = null
    const scope = { ...subject(), kinds: kinds.value.length ? kinds.value : null, search: settled.value.trim() || null }
    try {
      const [page, top] = await Promise.all([
        query<TimelineAnswer>(TIMELINE, { ...scope, pinned: null, first: PAGE, after: fresh ? null : cursor }),
        fresh ? query<TimelineAnswer>(TIMELINE, { ...scope, pinned: true, first: 20, after: null }) : null,
      ])
      if (mine !== round) return
      list.value = fresh ? page.timeline.nodes : [...list.value, ...page.timeline.nodes]
      if (top) pins.value = top.timeline.nodes
      cursor = page.timeline.endCursor
      hasMore.value = page.timeline.hasNextPage
      isPart.value = !page.timeline.whole
    } catch (error) {
      if (mine === round) problem.value = asProblem(error)
    } finally {
      if (mine === round) loading.value = false
    }
  }

  watch([() => JSON.stringify(subject()), kinds, settled], () => void ask(true), { immediate: true, deep: true })
  return { items: computed(() => list.value), pinned: computed(() => pins.value), kinds, term, loading, problem, hasMore, isPart, loadMore: () => void ask(false), reload: () => void ask(true) }
}
