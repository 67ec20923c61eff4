import type { PgBoss } from 'pg-boss'
import { DEAD_QUEUE } from './boss.ts'
import { DEFAULT_ATTEMPTS, DEFAULT_TIMEOUT_SECONDS, type Worker } from './worker.ts'

const DAY = 86_400
/** A job that nobody could run for so long (its plugin was away) is dropped. */
const WAIT_DAYS = 30
const DEAD_DAYS = 365

/** Makes the missing queues, and brings the options of the others up to date. */
export async function ensureQueues(boss: PgBoss, workers: Worker[], heartbeatSeconds: number): Promise<void> {
  const there = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]))
  if (!there.has(DEAD_QUEUE)) await boss.createQueue(DEAD_QUEUE, { retentionSeconds: DEAD_DAYS * DAY })
  for (const worker of workers) {
    const wanted = {
      retryLimit: (worker.attempts ?? DEFAULT_ATTEMPTS) - 1,
      retryDelay: worker.retrySeconds ?? 2,
      retryBackoff: worker.backoff !== 'steady',
      ...worker.backoff === 'steady' ? {} : { retryDelayMax: 3600 },
      // The runner's own limit comes first; this one catches a runner that is stuck.
      expireInSeconds: Math.min(Math.ceil(worker.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) + 60, DAY - 1),
      heartbeatSeconds,
      retentionSeconds: WAIT_DAYS * DAY,
      deleteAfterSeconds: DAY,
      deadLetter: DEAD_QUEUE,
    }
    const queue = there.get(worker.queue)
    if (!queue) await boss.createQueue(worker.queue, { ...wanted, policy: 'short' })
    else if (Object.entries(wanted).some(([key, value]) => queue[key as keyof typeof wanted] !== value)) {
      await boss.updateQueue(worker.queue, wanted)
    }
  }
}
