import { effectScope, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { useDocumentVisibility } from '@vueuse/core'
import { lookAgain } from '../../graphql/client.ts'
import { useLive } from '../../graphql/useLive.ts'

/**
 * A list that follows what others do: a row that it knows changes where it stands, by the cache; which rows there are and in what
 * order is asked again soon after. While the tab is hidden nothing is heard, and all is asked when it comes back.
 * @param document the subscription, with all that the list shows of a record
 */
export function useLiveList(document: MaybeRefOrGetter<string>): void {
  const visibility = useDocumentVisibility()
  watch([() => toValue(document), visibility] as const, ([text, now], [, before], onCleanup) => {
    if (now === 'hidden') return
    if (before === 'hidden') lookAgain()
    const scope = effectScope(true)
    scope.run(() => useLive(text, lookAgain))
    onCleanup(() => scope.stop())
  }, { immediate: true })
}
