import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { mutate, query } from '../graphql/client.ts'
import { asProblem, type Problem } from '../graphql/problem.ts'
import { MARK, NOTICES, type Notice, type NoticesAnswer } from './documents.ts'
import { useUnread } from './useUnread.ts'

export interface Notices {
  notices: ComputedRef<Notice[]>
  hasMore: ShallowRef<boolean>
  loading: ShallowRef<boolean>
  problem: ShallowRef<Problem | null>
  more(): Promise<void>
  /** Without ids: all. */
  mark(ids: string[] | null, read: boolean): Promise<void>
}

const PAGE = 20

/** One's own notifications, newest first. */
export function useNotices(): Notices {
  const unread = useUnread()
  const notices = shallowRef<Notice[]>([])
  const hasMore = shallowRef(false)
  const loading = shallowRef(true)
  const problem = shallowRef<Problem | null>(null)
  let cursor: string | null = null

  async function read(after: string | null): Promise<void> {
    try {
      const { notifications: page } = await query<NoticesAnswer>(NOTICES, { first: PAGE, after, unread: false })
      const known = after ? notices.value : []
      notices.value = [...known, ...page.nodes.filter(({ id }) => !known.some(one => one.id === id))]
      hasMore.value = page.hasNextPage
      cursor = page.endCursor
      problem.value = null
    } catch (error) {
      problem.value = asProblem(error)
    } finally {
      loading.value = false
    }
  }
  async function mark(ids: string[] | null, isRead: boolean): Promise<void> {
    const before = notices.value
    const readAt = isRead ? new Date().toISOString() : null
    notices.value = before.map(one => ids === null || ids.includes(one.id) ? { ...one, readAt } : one)
    try {
      unread.value = (await mutate<{ markNotifications: number }>(MARK, { ids, read: isRead })).data.markNotifications
    } catch (error) {
      notices.value = before
      problem.value = asProblem(error)
    }
  }
  // A higher number means that something came.
  watch(unread, (now, before) => { if (now > before && now > notices.value.filter(one => !one.readAt).length) void read(null) })
  void read(null)
  return { notices: computed(() => notices.value), hasMore, loading, problem, more: () => read(cursor), mark }
}
