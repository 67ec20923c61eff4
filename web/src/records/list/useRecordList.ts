import { computed, onScopeDispose, shallowReactive, shallowRef, toValue, watch, type ComputedRef, type MaybeRefOrGetter, type ShallowRef } from 'vue'
import type { RequestPolicy } from '@urql/vue'
import { client, problemIn } from '../../graphql/client.ts'
import type { Problem } from '../../graphql/problem.ts'

export interface RecordRow extends Record<string, unknown> { id: string, version: number, title: string | null }
export interface Total { value: number, exact: boolean }
interface Page { nodes: RecordRow[], endCursor: string | null, hasNextPage: boolean }
interface Connection { nodes: (RecordRow | null)[], pageInfo: { hasNextPage: boolean, endCursor: string | null }, total?: Total }

export interface RecordListOptions {
  /** Name of the connection in the answer. */
  field: MaybeRefOrGetter<string>
  /** The document of a page; the first page also asks for the total. */
  document(first: boolean): string
  /** Arguments but `first` and `after`. A change starts the list anew. */
  variables: MaybeRefOrGetter<Record<string, unknown>>
  /** Nothing is asked for while it holds. */
  paused?: MaybeRefOrGetter<boolean>
  /** @default 50 */
  pageSize?: number
}

export interface RecordList {
  rows: ComputedRef<RecordRow[]>
  total: ShallowRef<Total | null>
  /** The first page is on its way. */
  loading: ShallowRef<boolean>
  loadingMore: ComputedRef<boolean>
  problem: ShallowRef<Problem | null>
  hasMore: ComputedRef<boolean>
  loadMore(): void
  /** Which rows are in sight, by number from 0: pages far from them keep what they hold and are asked anew when they come near. */
  see(first: number, last: number): void
  /** Starts anew, from the first page. */
  reload(): void
  /** Asks the first page again behind the reader's back; rows stay until the answer is there. */
  refresh(): Promise<void>
}

/**
 * A list that grows page by page behind the reader. The pages around him are live queries of the cache: an edit, a mutation or a
 * subscription elsewhere changes the row here; a new or archived record makes the pages ask again. The others rest, because the
 * cache reads every live page again when a new one has an owner in common with it.
 */
export function useRecordList(options: RecordListOptions): RecordList {
  const pages = shallowReactive<Page[]>([])
  /** By number of the page: where it begins, and what ends its live query. */
  const cursors: (string | null)[] = []
  const stops = new Map<number, () => void>()
  const total = shallowRef<Total | null>(null)
  const loading = shallowRef(false)
  const problem = shallowRef<Problem | null>(null)
  const asked = shallowRef(0)

  const variablesOf = (after: string | null) => ({ ...toValue(options.variables), first: options.pageSize ?? 50, after })

  function ask(index: number, after: string | null): void {
    asked.value = index + 1
    cursors[index] = after
    listen(index, 'cache-and-network')
  }

  function listen(index: number, requestPolicy: RequestPolicy): void {
    const { unsubscribe } = client
      .query(options.document(index === 0), variablesOf(cursors[index]!), { requestPolicy })
      .subscribe((result) => {
        problem.value = problemIn(result)
        const connection = (result.data as Record<string, Connection> | undefined)?.[toValue(options.field)]
        if (connection) {
          pages[index] = {
            nodes: connection.nodes.filter(node => node !== null),
            endCursor: connection.pageInfo.endCursor,
            hasNextPage: connection.pageInfo.hasNextPage,
          }
          chain(index)
          if (connection.total) total.value = connection.total
        }
        if (index === 0 && (connection || problem.value)) loading.value = false
        if (problem.value) asked.value = Math.min(asked.value, pages.length)
      })
    stops.set(index, unsubscribe)
  }

  /** The next page begins where this one ends now: no row that others pushed over the edge is lost between the two, and none stays behind the last page. */
  function chain(index: number): void {
    const { endCursor, hasNextPage } = pages[index]!
    const next = index + 1
    if (!hasNextPage) {
      for (const [later, end] of stops) {
        if (later < next) continue
        end()
        stops.delete(later)
      }
      pages.length = Math.min(pages.length, next)
      cursors.length = Math.min(cursors.length, next)
      asked.value = Math.min(asked.value, next)
    } else if (next < cursors.length && cursors[next] !== endCursor) {
      cursors[next] = endCursor
      stops.get(next)?.()
      if (stops.delete(next)) listen(next, 'cache-first')
    }
  }

  function see(first: number, last: number): void {
    const size = options.pageSize ?? 50
    const near = { from: Math.floor(first / size) - 1, to: Math.floor(last / size) + 1 }
    for (const [index, end] of stops) {
      // One page more than is woken, so that who goes to and fro at an edge wakes nothing; what is on its way is waited for.
      if ((index >= near.from - 1 && index <= near.to + 1) || index >= pages.length) continue
      end()
      stops.delete(index)
    }
    for (let index = Math.max(0, near.from); index <= Math.min(near.to, pages.length - 1); index++) if (!stops.has(index)) listen(index, 'cache-first')
  }

  function stop(): void {
    for (const end of stops.values()) end()
    stops.clear()
    cursors.length = 0
  }

  function reload(): void {
    stop()
    pages.length = 0
    total.value = null
    problem.value = null
    loading.value = true
    if (!toValue(options.paused)) ask(0, null)
  }

  const hasMore = computed(() => pages.at(-1)?.hasNextPage ?? false)
  watch(() => JSON.stringify([toValue(options.field), options.document(true), toValue(options.variables), toValue(options.paused) ?? false]), reload, { immediate: true })
  onScopeDispose(stop)

  return {
    // Neighbouring pages may overlap for a moment while one of them is asked again.
    rows: computed(() => [...new Map(pages.flatMap(page => page.nodes).map(row => [row.id, row])).values()]),
    total, loading, problem, hasMore,
    loadingMore: computed(() => pages.length > 0 && asked.value > pages.length),
    loadMore() {
      if (hasMore.value && asked.value === pages.length) ask(pages.length, pages.at(-1)!.endCursor)
    },
    see,
    reload,
    async refresh() {
      await client.query(options.document(true), variablesOf(null), { requestPolicy: 'network-only' }).toPromise()
    },
  }
}
