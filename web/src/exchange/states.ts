import type { ImportJob } from './documents.ts'

export const stateColor = { WAITING: 'neutral', RUNNING: 'info', DONE: 'success', FAILED: 'error', CANCELLED: 'warning' } as const satisfies Record<ImportJob['state'], string>
export const isOver = (job: Pick<ImportJob, 'state'>): boolean => job.state !== 'WAITING' && job.state !== 'RUNNING'
