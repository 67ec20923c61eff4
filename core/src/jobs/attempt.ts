import type { Log } from '@kartotek/sdk'
import type { Job, PgBoss } from 'pg-boss'
import { JobLease, LostLeaseError } from './lease.ts'
import { DEFAULT_ATTEMPTS, DEFAULT_TIMEOUT_SECONDS, type WorkData, type Worker } from './worker.ts'

/** One attempt at one job: runs it within its time, and settles it under its claim. */
export class Attempt {
  readonly claim: { id: string, retryCount: number }
  /** Resolves when the attempt is settled; never rejects. */
  readonly ended: Promise<void>
  readonly #boss: PgBoss
  readonly #worker: Worker
  readonly #job: Job<WorkData>
  readonly #log: Log
  readonly #abort = new AbortController()
  #finish!: () => void

  constructor(boss: PgBoss, worker: Worker, job: Job<WorkData>, log: Log) {
    this.#boss = boss
    this.#worker = worker
    this.#job = job
    this.#log = log
    this.claim = { id: job.id, retryCount: job.retryCount }
    this.ended = new Promise((resolve) => { this.#finish = resolve })
  }

  /** Resolves to the error that the attempt ended with, or null. */
  async run(): Promise<Error | null> {
    const error = await this.perform()
    try {
      if (error) await this.#fail(error)
      else await this.#boss.complete(this.#worker.queue, this.claim)
    } catch (cause) {
      // Not settled: the supervision finds the job without heartbeats and hands it out again.
      this.#log.error({ err: cause, ...this.#names() }, 'A job could not be settled; it will run again.')
    }
    this.#finish()
    return error
  }

  /** Runs the handler without settling the job. */
  async perform(): Promise<Error | null> {
    const seconds = this.#worker.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS
    const timer = setTimeout(() => this.abort(new Error(`It did not end within ${seconds} s.`)), seconds * 1000)
    const lease = new JobLease(this.#worker.queue, this.claim.id, this.claim.retryCount)
    const run = { id: this.claim.id, attempt: this.claim.retryCount + 1, signal: this.#abort.signal, lease }
    try {
      const aborted = new Promise<never>((_, reject) => {
        this.#abort.signal.addEventListener('abort', () => reject(this.#abort.signal.reason as Error), { once: true })
        // A second delivery of what did not end the first time.
        if (this.#abort.signal.aborted) reject(this.#abort.signal.reason as Error)
      })
      aborted.catch(() => undefined)
      await Promise.race([(async () => this.#worker.run(this.#job.data ?? {}, run))(), aborted])
      return null
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    } finally {
      clearTimeout(timer)
    }
  }

  abort(reason: Error): void {
    this.#abort.abort(reason)
  }

  /** Another worker holds the job now. */
  lost(): void {
    this.abort(new LostLeaseError(this.#worker.queue, this.claim.id))
  }

  async #fail(error: Error): Promise<void> {
    const lost = error instanceof LostLeaseError
    if (!lost) this.#worker.failed?.(error, this.claim.retryCount + 1 >= (this.#worker.attempts ?? DEFAULT_ATTEMPTS))
    this.#log.warn({ err: error, attempt: this.claim.retryCount + 1, ...this.#names() }, lost
      ? 'A job was taken over by another worker.'
      : 'A job failed; it is retried with growing pauses until its attempts are used up.')
    if (lost) return
    const code = (error as { code?: unknown }).code
    await this.#boss.fail(this.#worker.queue, this.claim, { message: error.message, ...code ? { code } : {} })
  }

  #names(): object {
    return { plugin: this.#worker.plugin, kind: this.#worker.kind, job: this.#worker.name, jobId: this.claim.id }
  }
}
