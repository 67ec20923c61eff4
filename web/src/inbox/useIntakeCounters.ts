import { getCurrentScope, shallowRef, watch, type ShallowRef } from 'vue'
import { useIntervalFn } from '@vueuse/core'
import { useLive } from '../graphql/useLive.ts'
import { query } from '../graphql/client.ts'
import { paced } from '../graphql/paced.ts'
import { useModel } from '../model/useModel.ts'

interface Counters { mine: number, queue: number, late: number }

/** How many requests wait for oneself and in the common queue, for the side bar; null where there are none to see. */
export function useIntakeCounters(): ShallowRef<Counters | null> {
  const counters = shallowRef<Counters | null>(null)
  const { byName } = useModel()
  const scope = getCurrentScope()
  async function load(): Promise<void> {
    if (document.hidden || !byName('intakeItem')) return
    try {
      counters.value = (await query<{ intakeCounters: Counters | null }>('query IntakeCounters { intakeCounters { mine queue late } }')).intakeCounters
    } catch { /* the numbers wait for the next round */ }
  }
  const soon = paced(load)
  watch(() => Boolean(byName('intakeItem')), (there) => {
    if (!there) return
    void load()
    scope?.run(() => useLive('subscription IntakeItemsChanged { intakeItemChanged { kind id } }', soon))
  }, { immediate: true })
  useIntervalFn(load, 60_000)
  return counters
}
