import { createHmac, randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'
import { SYSTEM_CALLER } from '../src/access/caller.ts'
import { loadSecret } from '../src/config/secret.ts'
import { openDatabase } from '../src/database/index.ts'
import { errorAnswer } from '../src/http/error-answer.ts'
import { openKartotek } from '../src/kartotek.ts'
import { log } from './build-data.ts'
import { databaseSeconds } from './database-cpu.ts'
import { p95 } from './samples.ts'
import { count, type Table } from './table.ts'

const RATE = 50
const PEOPLE = 200
/** Every so many deliveries come twice, as platforms do it. */
const TWICE = 10
const SECRET = 'secret of the bench'

/**
 * Messages that come in by a signed webhook of WhatsApp, 50 a second, of 200 people: from the post to the message, its conversation,
 * request and timeline, beside all background work of the process. The sender runs in the same process.
 */
export async function benchMessages(table: Table, dataDir: string, quick: boolean): Promise<void> {
  const seconds = quick ? 30 : 60
  const db = await openDatabase({ dataDir }, log)
  const kartotek = await openKartotek({ db, log, secret: loadSecret(dataDir), filesDir: join(dataDir, 'files'), role: 'all', accounts: { publicUrl: 'http://127.0.0.1:3000' }, plugins: [join(import.meta.dirname, '../../plugins/messengers')] })
  await kartotek.settings.updatePlugin('messengers', { whatsappToken: 't', whatsappPhoneId: '1', whatsappAppSecret: SECRET }, SYSTEM_CALLER)
  await kartotek.start()
  const app = express().use('/plugins', kartotek.host.router({ authenticate: async () => null, sameOrigin: () => true, publicUrl: () => '' })).use(errorAnswer(log))
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/plugins/messengers/whatsapp`
  const run = randomUUID().slice(0, 8)
  const post = async (i: number): Promise<number> => {
    const from = String(358_400_000_000 + (i % PEOPLE))
    const body = JSON.stringify({ entry: [{ changes: [{ field: 'messages', value: { contacts: [{ wa_id: from, profile: { name: `Person ${i % PEOPLE}` } }], messages: [{ id: `${run}.${i}`, from, timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: { body: `Message ${i} – когда привезёте?` } }] } }] }] })
    const began = performance.now()
    const { status } = await fetch(url, { method: 'POST', body, headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}` } })
    if (status !== 200) throw new Error(`The webhook answered ${status}.`)
    return performance.now() - began
  }
  const kept = async (): Promise<{ n: number, distinct: number }> => (await db.pool.query<{ n: number, distinct: number }>(`select count(*)::int as n, count(distinct external_id)::int as distinct from core.message where external_id like $1`, [`${run}.%`])).rows[0]!
  try {
    const total = RATE * seconds
    const answers: Promise<number>[] = []
    const cpu = process.cpuUsage()
    const ofDatabase = await databaseSeconds(db.pool)
    const began = performance.now()
    for (let i = 0; i < total; i++) {
      const ahead = began + i * 1000 / RATE - performance.now()
      if (ahead > 0) await sleep(ahead)
      answers.push(post(i))
      if (i % TWICE === 0) answers.push(post(i))
    }
    const taken = await Promise.all(answers)
    const atEnd = await kept()
    const behind = async (): Promise<boolean> => (await kept()).n < total || (await db.pool.query(`select from core.event where dispatched_at is null union all select from pgboss.job where name like 'messengers.%' and state in ('created', 'retry', 'active') and start_after <= now() limit 1`)).rows.length > 0
    for (let waited = 0; await behind() && waited < 480; waited++) await sleep(250)
    const whole = (performance.now() - began) / 1000
    const { user, system } = process.cpuUsage(cpu)
    const databaseUsed = await databaseSeconds(db.pool)
    const { n, distinct } = await kept()
    const each = (used: number): string => `${(used * 1000 / total).toFixed(1)} ms`
    const { rows: [waits] } = await db.pool.query<{ p50: number, p95: number }>(`select percentile_disc(0.5) within group (order by s) as p50, percentile_disc(0.95) within group (order by s) as p95
      from (select extract(epoch from done_at - received_at)::float8 * 1000 as s from p_messengers.inbound where key like 'message:%:' || $1 || '.%') w`, [run])
    table.add('messages in, by a signed webhook', `${count(RATE)}/s for ${seconds} s; ${count(n)} of ${count(total)} kept, ${count(n - distinct)} twice, ${count(total - atEnd.n)} waiting at the end, all done, the timeline too, after ${whole.toFixed(1)} s; an answer p95 ${Math.round(p95(taken))} ms, until it is kept p50 ${Math.round(waits!.p50)}, p95 ${Math.round(waits!.p95)} ms; CPU for each ${each((user + system) / 1e6)}${ofDatabase === null || databaseUsed === null ? '' : ` and ${each(databaseUsed - ofDatabase)} of the database`}`,
      `${count(PEOPLE)} people; each tenth delivery twice`, 'none lost or twice, ≤ 2 s behind', n === total && distinct === total && whole <= seconds + 2)
  } finally {
    await new Promise((resolve) => { server.close(resolve); server.closeAllConnections() })
    await kartotek.close()
    await db.pool.query('update core.event set dispatched_at = now() where dispatched_at is null').catch(() => undefined)
    await db.close()
  }
}
