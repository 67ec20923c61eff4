import { useI18n } from 'vue-i18n'
import { formatterOf } from '../../records/format.ts'

/** A session of the database that holds up a change of the model. */
export interface TableHolder { pid: number, application: string, state: string | null, since: string | null }
export interface PendingChange {
  id: string, change: 'createField' | 'updateField' | 'hideField' | 'restoreField' | 'deleteField' | 'createObject' | 'updateObject' | 'hideObject' | 'restoreObject' | 'updatePipeline', object: string, field: string | null, pipeline: string | null, label: string, since: string, attempts: number
  state: 'WAITING' | 'RUNNING' | 'STOPPED' | 'FAILED' | 'DONE', error: string | null, waitsFor: TableHolder[]
  /** Records that are written first, null where none are, and the change set in which they are. */
  total: number | null, done: number, changeSet: string | null
}

export const PENDING_CHANGES = 'query PendingModelChanges { pendingModelChanges { id change object field pipeline label since attempts state error total done changeSet waitsFor { pid application state since } } }'
export const STOP_CHANGE = 'mutation StopModelChange($id: ID!) { stopModelChange(id: $id) { id } }'
export const CONTINUE_CHANGE = 'mutation ContinueModelChange($id: ID!) { continueModelChange(id: $id) { id } }'
export const CANCEL_CHANGE = 'mutation CancelModelChange($id: ID!) { cancelModelChange(id: $id) }'

/** Who holds a table, and since when, in words. */
export function useHolder(): (holder: TableHolder) => string {
  const { t, locale } = useI18n()
  return ({ application, pid, since }) => (since
    ? t('settings.pending.held', { application, pid, at: formatterOf(locale.value).dateTime(since) })
    : t('settings.pending.held_unknown', { application, pid }))
}
