import { onMounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { useIntervalFn } from '@vueuse/core'
import { useSession } from '../accounts/session.ts'
import { useLive } from '../graphql/useLive.ts'
import { query } from '../graphql/client.ts'
import { paced } from '../graphql/paced.ts'
import { asProblem, type Problem } from '../graphql/problem.ts'
import { useStandIns } from '../handover/useStandIns.ts'
import type { ObjectInfo } from '../model/types.ts'
import { CHANNELS, ITEMS_CHANGED, itemsDocument, type Channel, type Item, type ItemsAnswer } from './documents.ts'

/** Parts of the inbox: what is one's own or of whom one stands in for, what anybody may take, all that waits, what was dealt with. */
export const SHELVES = ['mine', 'queue', 'all', 'done'] as const
export type Shelf = (typeof SHELVES)[number]

const MOST = 100

export interface Inbox {
  items: ShallowRef<Item[]>
  more: ShallowRef<boolean>
  loading: ShallowRef<boolean>
  problem: ShallowRef<Problem | null>
  channels: ShallowRef<Channel[]>
  now: Ref<Date>
  reload(): Promise<void>
}

/** The items of a shelf: the longest waiting first, of those dealt with the newest. Others' changes appear by themselves. */
export function useInbox(object: ObjectInfo, shelf: Ref<Shelf>): Inbox {
  const { me } = useSession()
  const items = shallowRef<Item[]>([])
  const channels = shallowRef<Channel[]>([])
  const more = shallowRef(false)
  const loading = shallowRef(true)
  const problem = shallowRef<Problem | null>(null)
  const now = ref(new Date())
  const { standIns } = useStandIns(() => now.value)
  let round = 0

  const filterOf = (): Record<string, unknown> => ({
    mine: { state: { eq: 'new' }, owner: { id: { in: [me.value?.id, ...standIns.value.map(({ absent }) => absent.id)] } } }, queue: { state: { eq: 'new' }, owner: { isNull: true } }, all: { state: { eq: 'new' } }, done: { state: { ne: 'new' } },
  })[shelf.value]
  async function reload(): Promise<void> {
    const mine = ++round
    try {
      const { intakeItems } = await query<ItemsAnswer>(itemsDocument(object.fields), { filter: filterOf(), direction: shelf.value === 'done' ? 'DESC' : 'ASC', first: MOST })
      if (mine !== round) return
      items.value = intakeItems.nodes
      more.value = intakeItems.pageInfo.hasNextPage
      problem.value = null
    } catch (error) {
      if (mine === round) problem.value = asProblem(error)
    } finally {
      if (mine === round) loading.value = false
    }
  }

  watch(shelf, () => { loading.value = true; void reload() }, { immediate: true })
  watch(() => standIns.value.map(({ absent }) => absent.id).join(), () => { if (shelf.value === 'mine') void reload() })
  onMounted(async () => {
    try { channels.value = (await query<{ intakeChannels: Channel[] }>(CHANNELS)).intakeChannels } catch { /* the list itself says what is wrong */ }
  })
  useLive(ITEMS_CHANGED, paced(reload))
  useIntervalFn(() => { now.value = new Date() }, 30_000)
  return { items, more, loading, problem, channels, now, reload }
}
