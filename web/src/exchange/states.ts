import { useI18n } from 'vue-i18n'
import type { ImportJob } from './documents.ts'

const COLORS = { WAITING: 'neutral', RUNNING: 'info', DONE: 'success', FAILED: 'error', CANCELLED: 'warning' } as const satisfies Record<ImportJob['state'], string>
export const isOver = (job: Pick<ImportJob, 'state'>): boolean => job.state !== 'WAITING' && job.state !== 'RUNNING'

/** What is said of an import, and its colour: one that was taken back is told so, however it ended, with how many records stayed. */
export function useImportState() {
  const { t } = useI18n()
  return ({ state, undone, keptRecords: n }: Pick<ImportJob, 'state' | 'undone' | 'keptRecords'>) => undone
    ? n ? { color: 'warning' as const, label: t('exchange.import.undone_but', { n }, n) } : { color: 'neutral' as const, label: t('exchange.import.undone') }
    : { color: COLORS[state], label: t(`exchange.import.state.${state}`) }
}
