import { useI18n } from 'vue-i18n'
import { useToast } from '@nuxt/ui/composables/useToast'
import { mutate } from '../graphql/client.ts'
import { asProblem, Problem } from '../graphql/problem.ts'
import type { ObjectInfo } from '../model/types.ts'
import { actionDocument, bulkActionDocument, type RecordAction } from './documents.ts'
import { useUndo } from './history/useUndo.ts'

interface BulkAnswer { results: { id: string | null, ok: boolean, error: { code: string, message: string } | null }[] }

export interface RecordActions {
  /** Archives, restores or trashes; the toast offers to undo it. Resolves to whether all succeeded. */
  act(action: RecordAction, ids: string[]): Promise<boolean>
  /** Takes change sets back, newest first; `began` hears that one of them is undone, or on its way. */
  undo(changeSets: string[], began?: () => void): Promise<void>
  /** Says that something is saved, with «undo» where there is a change set to revert, and the way to what came of it. */
  saved(title: string, changeSets: string[], made?: { label: string, to: string } | null): void
  failed(error: unknown): void
}

/** What can be done to records from anywhere: every success can be undone, every failure is said. */
export function useRecordActions(object: () => ObjectInfo): RecordActions {
  const { t } = useI18n()
  const toast = useToast()
  const takeBack = useUndo()

  function failed(error: unknown): void {
    const problem = asProblem(error)
    toast.add({
      title: problem.code === 'NETWORK' ? t('error.network') : problem.message || t('error.unknown'),
      description: problem.ref ? t('error.ref', { ref: problem.ref }) : undefined,
      color: 'error', icon: 'i-lucide-circle-alert', duration: 10_000,
    })
  }

  const undo = (changeSets: string[], began?: () => void): Promise<void> => takeBack(changeSets, began).catch(failed)

  function saved(title: string, changeSets: string[], made?: { label: string, to: string } | null): void {
    toast.add({
      title, color: 'neutral', icon: 'i-lucide-check', duration: changeSets.length ? 12_000 : 4000,
      actions: [
        ...made ? [{ ...made, color: 'neutral' as const, variant: 'soft' as const }] : [],
        ...changeSets.length ? [{ label: t('undo.action'), color: 'primary' as const, variant: 'soft' as const, onClick: () => undo(changeSets) }] : [],
      ],
    })
  }

  async function act(action: RecordAction, ids: string[]): Promise<boolean> {
    try {
      if (ids.length === 1) {
        const { changeSets } = await mutate(actionDocument(object(), action), { id: ids[0] })
        saved(t(`action.${action}d`, { n: 1 }, 1), changeSets)
        return true
      }
      const { data, changeSets } = await mutate<Record<string, BulkAnswer>>(bulkActionDocument(object(), action), { ids })
      const results = Object.values(data)[0]?.results ?? []
      const refused = results.filter(result => !result.ok)
      const done = ids.length - refused.length
      if (done) saved(t(`action.${action}d`, { n: done }, done), changeSets)
      if (refused.length) failed(new Problem('INVALID_INPUT', t('action.refused', { n: refused.length, reason: refused[0]?.error?.message ?? '' }, refused.length)))
      return !refused.length
    } catch (error) {
      failed(error)
      return false
    }
  }

  return { act, undo, saved, failed }
}
