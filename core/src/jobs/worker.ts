import type { JobLease } from './lease.ts'

/** One kind of work that this node can do: a job of a plugin, a handler of events, a schedule, or what a webhook told. */
export interface Worker {
  /** Name of its queue: `<plugin>.<kind>.<name>`, see {@link queueName}. */
  queue: string
  plugin: string
  kind: WorkKind
  name: string
  /** Attempts in all. Default 5. */
  attempts?: number
  /** Pauses between attempts. Default `exponential`. */
  backoff?: 'exponential' | 'steady'
  /** Seconds before the second attempt. Default 2. */
  retrySeconds?: number
  /** Runs that may begin within a stretch of time, on all nodes together. */
  rate?: Rate
  /** Runs at once on this node. Default 1. */
  concurrency?: number
  /** Seconds before a run is aborted and counted as failed. Default 300. */
  timeoutSeconds?: number
  /** Five-field cron expression of a schedule, in the company's time zone. */
  cron?: string
  /** Refuses an input before it is enqueued. @throws InputError */
  check?(input: unknown): void
  /** Hears of each attempt that failed; `gaveUp`: it was the last one. */
  failed?(error: Error, gaveUp: boolean): void
  run(data: WorkData, run: WorkRun): Promise<void>
}
export interface Rate { per: 'second' | 'minute' | 'hour', max: number }
export type WorkKind = 'job' | 'on' | 'schedule' | 'webhook'

/** What is kept in the queue. */
export interface WorkData {
  input?: Record<string, unknown>
  events?: unknown[]
  /** The person whose action enqueued the job. */
  onBehalfOf?: string | null
}

/** One attempt at one job. */
export interface WorkRun {
  id: string
  /** 1 at the first attempt. */
  attempt: number
  /** Fires when the time is over, the process stops, or another worker has taken the job over. */
  signal: AbortSignal
  lease: JobLease
}

export const DEFAULT_ATTEMPTS = 5
export const DEFAULT_TIMEOUT_SECONDS = 300

/** Name of the queue of a worker; unique, because a plugin's id owns every name. */
export function queueName(plugin: string, kind: WorkKind, name: string): string {
  return `${plugin}.${kind}.${name}`
}
