import type { ImportJob } from './documents.ts'

const COLORS = { WAITING: 'neutral', RUNNING: 'info', DONE: 'success', FAILED: 'error', CANCELLED: 'warning' } as const satisfies Record<ImportJob['state'], string>
/** What is said of an import, and its colour: one that was taken back is told so, however it ended. */
export const stateOf = (job: Pick<ImportJob, 'state'>, undone: boolean) => undone
  ? { color: 'neutral', text: 'exchange.import.undone' } as const
  : { color: COLORS[job.state], text: `exchange.import.state.${job.state}` } as const
export const isOver = (job: Pick<ImportJob, 'state'>): boolean => job.state !== 'WAITING' && job.state !== 'RUNNING'
