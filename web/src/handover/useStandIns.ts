import { computed, shallowRef, watch, type ComputedRef } from 'vue'
import { useIntervalFn } from '@vueuse/core'
import { useSession } from '../accounts/session.ts'
import { query } from '../graphql/client.ts'
import { formatterOf } from '../records/format.ts'
import { STAND_INS, type StandIn } from './documents.ts'

/** For whom one stands in at this moment, each person once; asked again every minute, because it begins and ends by time. */
export function useStandIns(now: () => Date): { standIns: ComputedRef<StandIn[]>, reload(): Promise<void> } {
  const { me } = useSession()
  const all = shallowRef<StandIn[]>([])
  async function reload(): Promise<void> {
    if (!me.value || document.hidden) return
    try {
      const { substitutions } = await query<{ substitutions: StandIn[] }>(STAND_INS, { user: me.value.id })
      all.value = substitutions.filter(one => one.active && one.substitute.id === me.value?.id)
    } catch { /* the next round tells */ }
  }
  watch(() => me.value?.id, () => void reload(), { immediate: true })
  useIntervalFn(reload, 60_000)
  return { standIns: computed(() => [...new Map(all.value.filter(one => new Date(one.until) > now()).map(one => [one.absent.id, one])).values()]), reload }
}

const dayOf = (moment: Date, locale: string): string => formatterOf(locale).date(new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString())
export const firstDay = (from: string, locale: string): string => dayOf(new Date(from), locale)
/** The end is the first moment after the last day. */
export const lastDay = (until: string, locale: string): string => dayOf(new Date(new Date(until).getTime() - 1000), locale)
