import { useI18n } from 'vue-i18n'
import { useToast } from '@nuxt/ui/composables/useToast'
import { lookAgain } from '../../graphql/client.ts'
import { LOOK_EVERY, revert, standingOf, type RevertStanding } from './revert.ts'

/**
 * Takes change sets back, newest first, and says how each ended; of a long one also that it has begun, with the way to where
 * one sees how far it is.
 * @param began called when the server has answered for one of them: it is undone, or on its way
 * @throws Problem
 */
export function useUndo(): (changeSets: string[], began?: () => void) => Promise<void> {
  const { t } = useI18n()
  const toast = useToast()
  const show = { label: t('undo.show'), to: '/settings/changes', color: 'neutral' as const, variant: 'soft' as const }

  function done(kept: number, why?: string): void {
    if (kept) toast.add({ title: t('undo.partly', { n: kept }, kept), description: why, color: 'warning', icon: 'i-lucide-undo-2' })
    else toast.add({ title: t('undo.done'), color: 'neutral', icon: 'i-lucide-undo-2', duration: 3000 })
  }
  async function ended(id: string): Promise<RevertStanding | null> {
    for (;;) {
      const standing = await standingOf(id)
      if (standing?.state !== 'RUNNING') return standing
      await new Promise(resolve => setTimeout(resolve, LOOK_EVERY))
    }
  }

  return async (changeSets, began) => {
    for (const id of changeSets.toReversed()) {
      const report = await revert(id)
      began?.()
      if (report.state !== 'RUNNING') {
        done(report.kept.length, report.kept[0]?.message)
        continue
      }
      const { id: begun } = toast.add({ title: t('undo.background'), color: 'neutral', icon: 'i-lucide-undo-2', duration: 12_000, actions: [show] })
      const standing = await ended(id)
      toast.remove(begun)
      // What the background changed, no answer of a mutation has told.
      lookAgain()
      if (!standing || standing.state === 'DONE') done(standing?.kept ?? 0, standing?.keptRecords[0]?.message)
      else {
        toast.add({ title: t(`undo.${standing.state.toLowerCase()}`, { done: standing.done, total: standing.total }), description: standing.error ?? undefined, color: 'warning', icon: 'i-lucide-undo-2', actions: [show] })
        return
      }
    }
  }
}
