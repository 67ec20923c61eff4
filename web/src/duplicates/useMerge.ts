import { useI18n } from 'vue-i18n'
import { useToast } from '@nuxt/ui/composables/useToast'
import { mutate } from '../graphql/client.ts'
import { asProblem } from '../graphql/problem.ts'
import { UNDO_MANY, UNDO_MERGE, type Undone } from './documents.ts'

/** What a dialog has merged: what to say of it, and what undoes it. */
export interface Merged { title: string, undo: { id: string } | { bulk: string } }

export interface MergeActions {
  undo(id: string): Promise<boolean>
  /** All that one merged together. */
  undoAll(bulk: string): Promise<boolean>
  /**
   * Says that something was merged, with «undo».
   * @param then after it was undone. The dialog is gone by then: whoever stays on the page says it.
   */
  merged(done: Merged, then: () => void): void
  failed(error: unknown): void
}

/** What follows a merge: the word of it, and the way back. */
export function useMerge(): MergeActions {
  const { t } = useI18n()
  const toast = useToast()
  function failed(error: unknown): void {
    toast.add({ title: asProblem(error).message || t('error.unknown'), color: 'error', icon: 'i-lucide-circle-alert', duration: 10_000 })
  }
  function told(reports: Undone[]): void {
    const kept = reports.flatMap(report => report.kept)
    if (kept.length) toast.add({ title: t('undo.partly', { n: kept.length }, kept.length), description: kept[0]!.message, color: 'warning', icon: 'i-lucide-undo-2' })
    else toast.add({ title: t('undo.done'), color: 'neutral', icon: 'i-lucide-undo-2', duration: 3000 })
  }
  async function undo(id: string): Promise<boolean> {
    try {
      told([(await mutate<{ undoMerge: Undone }>(UNDO_MERGE, { id })).data.undoMerge])
      return true
    } catch (error) { failed(error); return false }
  }
  async function undoAll(bulk: string): Promise<boolean> {
    try {
      told((await mutate<{ undoMerges: Undone[] }>(UNDO_MANY, { bulk })).data.undoMerges)
      return true
    } catch (error) { failed(error); return false }
  }
  return {
    undo, undoAll, failed,
    merged({ title, undo: which }, then) {
      toast.add({
        title, color: 'neutral', icon: 'i-lucide-merge', duration: 12_000,
        actions: [{ label: t('undo.action'), color: 'primary', variant: 'soft', onClick: async () => { await ('id' in which ? undo(which.id) : undoAll(which.bulk)); then() } }],
      })
    },
  }
}
