import type { PgBoss } from 'pg-boss'
import type { Worker } from './worker.ts'

/**
 * Stores the schedules of the registered workers and removes those that nobody declares any more. An occurrence that came
 * due while no node was up is made up for once.
 */
export async function syncSchedules(boss: PgBoss, workers: Worker[], timeZone: string): Promise<void> {
  const wanted = new Map(workers.filter((w) => w.cron).map((w) => [w.queue, w.cron!]))
  for (const { name, cron, timezone } of await boss.getSchedules()) {
    if (!wanted.has(name)) await boss.unschedule(name)
    else if (wanted.get(name) === cron && timezone === timeZone) wanted.delete(name)
  }
  for (const [queue, cron] of wanted) {
    // Like a job with a key: an occurrence waits while the one before still runs.
    await boss.schedule(queue, cron, {}, { tz: timeZone, missed: 'once', group: { id: 'one' }, singletonKey: 'one' })
  }
}
