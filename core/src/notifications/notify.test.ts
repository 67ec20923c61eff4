import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import { notify } from './notify.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const { db } = crm.kartotek.engine
const rowsOf = async (user: string) => (await sql<{ key: string, in_app: boolean }>`select key, in_app from core.notification where user_id = ${user} order by key`.execute(db)).rows

test('each person is told once for a key, and who left is not told', async () => {
  const [anna, boris, gone] = await Promise.all([crm.as('manager'), crm.as('manager'), crm.as('manager')])
  await sql`update core."user" set active = false where id = ${gone.actor.userId}`.execute(db)
  const to = [anna, boris, gone, anna].map((who) => who.actor.userId!)
  expect(await notify(db, [{ key: 'stuck:1', to, kind: 'stuckOrder' }, { key: 'stuck:2', to: [to[0]!], kind: 'stuckOrder' }])).toBe(3)
  const again = await Promise.all([1, 2].map(() => notify(db, [{ key: 'stuck:1', to, kind: 'stuckOrder' }])))
  expect(again).toEqual([0, 0])
  expect(await rowsOf(to[0]!)).toEqual([{ key: 'stuck:1', in_app: true }, { key: 'stuck:2', in_app: true }])
  expect(await rowsOf(to[2]!)).toEqual([])
})

test('what somebody switched off in the app is kept out of it', async () => {
  const user = (await crm.as('manager')).actor.userId!
  await sql`insert into core.notification_setting (user_id, settings) values (${user}, '{"kinds":{"mention":["email"]}}')`.execute(db)
  await notify(db, [{ key: 'a', to: [user], kind: 'mention' }, { key: 'b', to: [user], kind: 'assignment' }])
  expect(await rowsOf(user)).toEqual([{ key: 'a', in_app: false }, { key: 'b', in_app: true }])
})

test('a transaction that is rolled back tells nobody', async () => {
  const user = (await crm.as('manager')).actor.userId!
  await db.transaction().execute(async (trx) => {
    await notify(trx, [{ key: 'a', to: [user], kind: 'mention' }])
    throw new Error('no')
  }).catch(() => undefined)
  expect(await rowsOf(user)).toEqual([])
})
