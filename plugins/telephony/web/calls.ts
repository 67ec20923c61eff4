import { onScopeDispose, ref, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref, type ShallowRef } from 'vue'
import { query, useLive, useReadableFields } from '@kartotek/sdk/web'
import { callFields, type CallRow } from './call-row'

const STEP = 50
/** The API gives no more at once. */
const MOST_AT_ONCE = 200
/** What the exchange tells comes in bursts. */
const SOON_MS = 300
const documentOf = (fields: string): string => `query Calls($filter: CallFilter, $first: Int, $after: String) { calls(filter: $filter, first: $first, after: $after, orderBy: [{ field: startedAt, direction: DESC }]) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`
interface Page { calls: { nodes: CallRow[], pageInfo: { hasNextPage: boolean, endCursor: string | null } } }

export interface Calls {
  /** Newest first; undefined until the first ones are there. */
  calls: ShallowRef<CallRow[] | undefined>
  hasMore: Ref<boolean>
  busy: Ref<boolean>
  /** What went wrong last. */
  problem: Ref<string | null>
  more(): void
  again(): void
}

/** Calls that fit the filter, as many as were asked for; follows what the exchange tells and what others do. */
export function useCalls(filter: MaybeRefOrGetter<Record<string, unknown> | undefined>): Calls {
  const calls = shallowRef<CallRow[]>()
  const hasMore = ref(false)
  const busy = ref(false)
  const problem = ref<string | null>(null)
  const call = useReadableFields('call')
  const missed = useReadableFields('missedCall')
  let wanted = STEP
  let round = 0
  let waiting: ReturnType<typeof setTimeout> | undefined

  async function read(): Promise<void> {
    const mine = ++round
    busy.value = true
    try {
      const document = documentOf(callFields(call.value, missed.value))
      const rows: CallRow[] = []
      let after: string | null = null
      do {
        const { calls: { nodes, pageInfo } }: Page = await query<Page>(document, { filter: toValue(filter), first: Math.min(MOST_AT_ONCE, wanted - rows.length), after })
        // Something else was asked for meanwhile.
        if (mine !== round) return
        rows.push(...nodes)
        after = pageInfo.hasNextPage ? pageInfo.endCursor : null
      } while (after && rows.length < wanted)
      calls.value = rows
      hasMore.value = after !== null
      problem.value = null
    } catch (error) {
      if (mine === round) problem.value = (error as Error).message
    } finally {
      if (mine === round) busy.value = false
    }
  }
  const soon = () => {
    waiting ??= setTimeout(() => {
      waiting = undefined
      void read()
    }, SOON_MS)
  }
  useLive('subscription { callChanged { kind id } }', soon)
  if (missed.value.size) useLive('subscription { missedCallChanged { kind id } }', soon)
  onScopeDispose(() => { clearTimeout(waiting) })
  watch(() => JSON.stringify(toValue(filter)), () => {
    wanted = STEP
    calls.value = undefined
    void read()
  }, { immediate: true })

  return {
    calls, hasMore, busy, problem, again: () => void read(),
    more() {
      wanted += MOST_AT_ONCE
      void read()
    },
  }
}
