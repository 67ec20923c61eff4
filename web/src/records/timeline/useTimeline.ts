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
/** The server gives no more lines at once. */
const MOST = 200

/** Whether a page that ends there has yet to come to the other line. */
function isBefore(end: TimelineItem | undefined, line: TimelineItem | undefined): boolean {
  if (!end || !line || end.at !== line.at) return Boolean(end && line && end.at > line.at)
  return end.id.slice(0, 36) > line.id.slice(0, 36)
}

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
  /** So many lines were asked for: what was opened stays open when it is read again. */
  let wanted = PAGE

  const scope = () => ({ ...subject(), kinds: kinds.value.length ? kinds.value : null, search: settled.value.trim() || null })
  const read = (first: number, after: string | null) => query<TimelineAnswer>(TIMELINE, { ...scope(), pinned: null, first, after }).then(({ timeline }) => timeline)

  /** From the newest on, at least so far as this line. */
  async function readTo(last?: TimelineItem): Promise<TimelineAnswer['timeline']> {
    let page = await read(Math.min(wanted, MOST), null)
    while (page.hasNextPage && (page.nodes.length < wanted || isBefore(page.nodes.at(-1), last))) {
      const next = await read(Math.min(Math.max(wanted - page.nodes.length, PAGE), MOST), page.endCursor)
      page = { ...next, nodes: [...page.nodes, ...next.nodes] }
    }
    return page
  }

  async function ask(how: 'new' | 'again' | 'more'): Promise<void> {
    const mine = ++round
    loading.value = true
    problem.value = null
    try {
      const [page, top] = await Promise.all([
        how === 'more' ? read(PAGE, cursor) : readTo(how === 'again' ? list.value.at(-1) : undefined),
        how === 'more' ? null : query<TimelineAnswer>(TIMELINE, { ...scope(), pinned: true, first: 20, after: null }),
      ])
      if (mine !== round) return
      list.value = how === 'more' ? [...list.value, ...page.nodes] : page.nodes
      if (top) pins.value = top.timeline.nodes
      cursor = page.endCursor
      hasMore.value = page.hasNextPage
      isPart.value = !page.whole
    } catch (error) {
      if (mine === round) problem.value = asProblem(error)
    } finally {
      if (mine === round) loading.value = false
    }
  }
  function begin(): void {
    wanted = PAGE
    void ask('new')
  }
  function loadMore(): void {
    wanted = list.value.length + PAGE
    void ask(loading.value ? 'again' : 'more')
  }

  watch([() => JSON.stringify(subject()), kinds, settled], begin, { immediate: true, deep: true })
  return { items: computed(() => list.value), pinned: computed(() => pins.value), kinds, term, loading, problem, hasMore, isPart, loadMore, reload: () => void ask('again') }
}
