import { Gauge, type Registry } from 'prom-client'
import type { Database } from '../database/index.ts'
import { DEAD_QUEUE } from './boss.ts'

/** Counting stops here: a backlog of this size is bad news whatever its exact number. */
const MOST = 100_000

/** Numbers of background work for Prometheus, counted when they are asked for. */
export function watchWork(registry: Registry, db: Database): void {
  const jobs: Gauge<'state'> = new Gauge({
    name: 'kartotek_jobs', help: 'Background jobs by state; dead: used up their attempts and wait for a person.', labelNames: ['state'], registers: [registry],
    async collect() {
      const { rows } = await db.pool.query<{ state: string, count: number }>(`
        select s.state, (select count(*)::int from (
          select 1 from pgboss.job j where j.name <> $1 and case s.state
            when 'ready' then j.state < 'active' and j.start_after <= now()
            when 'later' then j.state < 'active' and j.start_after > now()
            when 'active' then j.state = 'active' end
            or j.name = $1 and s.state = 'dead' and j.state = 'created'
          limit $2) c) as count
        from unnest(array['ready', 'later', 'active', 'dead']) as s (state)`, [DEAD_QUEUE, MOST])
      for (const { state, count } of rows) jobs.set({ state }, count)
    },
  })
  const events: Gauge = new Gauge({
    name: 'kartotek_events_waiting', help: 'Events that are not yet handed to their handlers.', registers: [registry],
    async collect() {
      const { rows } = await db.pool.query<{ count: number }>(
        'select count(*)::int as count from (select 1 from core.event where dispatched_at is null limit $1) e', [MOST])
      events.set(rows[0]!.count)
    },
  })
}
