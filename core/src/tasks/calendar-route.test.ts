import { sql } from 'kysely'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { errorAnswer } from '../http/error-answer.ts'
import { testLog } from '../testing/index.ts'
import { calendarRouter } from './calendar-route.ts'

const crm = await testCrm()
const { engine, accounts } = crm.kartotek
const app = express()
app.use('/calendar', calendarRouter({ engine, limits: accounts.limits, publicUrl: () => 'http://127.0.0.1:3000' }))
app.use(errorAnswer(testLog as never))
const server = createServer(app).listen(0, '127.0.0.1')
afterAll(async () => { server.close(); await crm.close() })

let anna: Caller, boris: Caller
const one = crm.ask
const get = async (link: string) => {
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${new URL(link).pathname}`)
  return { status: answer.status, type: answer.headers.get('content-type'), titles: [...(await answer.text()).matchAll(/SUMMARY:(.*)\r/g)].map((m) => m[1]).sort() }
}
const soon = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString()
const create = (caller: Caller, input: Record<string, unknown>) => one(caller, 'mutation ($input: TaskCreateInput!) { createTask(input: $input) { id } }', { input })
const link = (caller: Caller) => one(caller, 'mutation { makeCalendarLink }').then((d) => d.makeCalendarLink as string)

beforeAll(async () => {
  anna = await crm.as('manager')
  boris = await crm.as('manager')
  await create(anna, { title: 'Mine', due: soon(5) })
  await create(anna, { title: 'Undated' })
  await create(anna, { title: 'Long ago', due: soon(-24 * 200) })
  await create(boris, { title: 'Together', kind: 'meeting', due: soon(7), participants: [{ user: anna.actor.userId }] })
  await create(boris, { title: 'Not hers', due: soon(7), watchers: [{ user: anna.actor.userId }] })
})

it('gives the dated tasks and meetings of whoever made the link, and nothing without it', async () => {
  const mine = await link(anna)
  expect(await get(mine)).toEqual({ status: 200, type: 'text/calendar; charset=utf-8', titles: ['Mine', 'Together'] })
  expect((await one(anna, '{ myCalendarLink { lastUsedAt } }')).myCalendarLink.lastUsedAt).not.toBeNull()
  expect((await one(boris, '{ myCalendarLink { lastUsedAt } }')).myCalendarLink).toBeNull()
  expect((await get(mine.replace(/.{4}\.ics$/, 'AAAA.ics'))).status).toBe(404)
  expect((await get('http://x/calendar/x.ics')).status).toBe(404)
})

it('ends when it is made anew, revoked, or its owner leaves; and is not made by tokens', async () => {
  const first = await link(anna)
  const second = await link(anna)
  expect([(await get(first)).status, (await get(second)).status]).toEqual([404, 200])
  expect((await one(anna, 'mutation { revokeCalendarLink }')).revokeCalendarLink).toBe(true)
  expect((await get(second)).status).toBe(404)
  const third = await link(anna)
  await engine.db.updateTable('core.user').set({ active: false }).where('id', '=', anna.actor.userId).execute()
  expect((await get(third)).status).toBe(404)
  const { errors } = await crm.query({ ...boris, actor: { ...boris.actor, kind: 'token' } }, 'mutation { makeCalendarLink }')
  expect(errors![0]!.extensions.code).toBe('FORBIDDEN')
})

it('shows what is to come before all that is over', async () => {
  const busy = await crm.as('manager')
  await create(busy, { title: 'Tomorrow', due: soon(24) })
  await create(busy, { title: 'Yesterday', due: soon(-25) })
  await sql`insert into core.task (id, title, kind, state, priority, due, owner_id, search, version, created_at, updated_at)
    select gen_random_uuid(), 'Old', 'task', 'done', 'normal', now() - interval '40 days', ${busy.actor.userId}::uuid, '', 1, now(), now() from generate_series(1, 1100)`.execute(engine.db)
  const { titles } = await get(await link(busy))
  expect(titles).toHaveLength(1_000)
  expect(titles).toEqual(expect.arrayContaining(['Tomorrow', 'Yesterday']))
})

it('tells a closed field to nobody, and stops those who guess', async () => {
  const closed = await crm.withRules({ objects: { task: { read: 'all', create: 'all' }, user: { read: 'all' } }, fields: { 'task.text': { read: false } } })
  await one(closed, 'mutation ($owner: ID!) { createTask(input: { title: "x", due: "2026-11-25T10:00:00Z", owner: $owner }) { id } }', { owner: closed.actor.userId })
  await engine.db.updateTable('core.task').set({ text: 'secret', due: new Date(soon(3)) }).where('owner_id', '=', closed.actor.userId).execute()
  const path = new URL(await link(closed)).pathname
  const body = await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)).text()
  expect(body).toContain('SUMMARY:x')
  expect(body).not.toContain('secret')
  let status = 0
  for (let i = 0; i < 25 && status !== 429; i++) status = (await get(`http://x/calendar/${'A'.repeat(43)}.ics`)).status
  expect(status).toBe(429)
})
