import { useI18n } from 'vue-i18n'
import { formatterOf } from '../../records/format.ts'

/** A session of the database that holds up a change of the model. */
export interface TableHolder { pid: number, application: string, state: string | null, since: string | null }
export interface PendingChange {
  id: string, change: 'createField' | 'updateField' | 'hideField' | 'restoreField' | 'deleteField' | 'createObject' | 'updateObject' | 'hideObject' | 'restoreObject', object: string, label: string, since: string, attempts: number, state: 'WAITING' | 'FAILED', error: string | null, waitsFor: TableHolder[]
}

export const PENDING_CHANGES = 'query PendingModelChanges { pendingModelChanges { id change object label since attempts state error waitsFor { pid application state since } } }'
export const CANCEL_CHANGE = 'mutation CancelModelChange($id: ID!) { cancelModelChange(id: $id) }'

/** Who holds a table, and since when, in words. */
export function useHolder(): (holder: TableHolder) => string {
  const { t, locale } = useI18n()
  return ({ application, pid, since }) => (since
    ? t('settings.pending.held', { application, pid, at: formatterOf(locale.value).dateTime(since) })
    : t('settings.pending.held_unknown', { application, pid }))
}
