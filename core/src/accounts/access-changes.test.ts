import { describe, expect, it, vi } from 'vitest'
import { watchAccess } from './access-changes.ts'
import { accountsWorld } from './testing.ts'
import { accountsApi } from './testing-graphql.ts'

const world = await accountsWorld()
const { db, accounts, post } = world
const api = accountsApi(world)
const admin = await api.signedIn('Admin', ['administrator'])

/** Another node's open socket of a person: rechecked when the node hears of a change, closed when the caller is gone. */
async function openSocket(cookie: string) {
  let caller = await api.callerOf(cookie)
  const userId = caller?.actor.userId
  const stop = await accounts.watchAccess(async (changed) => {
    if (changed === userId && caller) caller = await accounts.refresh(caller)
  })
  return { stop, caller: () => caller }
}

describe('an open socket', () => {
  it.each([
    ['signs out', async (user: { cookie: string }) => { await post('/auth/sign-out', {}, { cookie: user.cookie }) }],
    ['is deactivated', async (user: { id: string }) => { await api.run(admin.cookie, `mutation { deactivateUser(user: "${user.id}") }`) }],
    ['loses the sessions', async (user: { id: string }) => { await api.run(admin.cookie, `mutation { endUserSessions(user: "${user.id}") }`) }],
  ])('is closed within five seconds when its person %s', async (_, act) => {
    const user = await api.signedIn(`S${Math.random().toString(36).slice(2, 8)}`)
    const socket = await openSocket(user.cookie)
    expect(socket.caller()).not.toBeNull()
    await act(user)
    await expect.poll(socket.caller, { timeout: 5_000 }).toBeNull()
    await socket.stop()
  })

  it('has the new roles within five seconds', async () => {
    const user = await api.signedIn('Roles')
    const socket = await openSocket(user.cookie)
    await api.run(admin.cookie, `mutation { setUserRoles(user: "${user.id}", roles: []) }`)
    await expect.poll(() => socket.caller()?.actor.roleIds, { timeout: 5_000 }).toEqual([])
    await socket.stop()
  })

  it('hears of roles, teams and shares that were changed by any other way', async () => {
    const user = await api.signedIn('Ways')
    const socket = await openSocket(user.cookie)
    const team = (await db.pool.query('insert into core.team_member (team_id, user_id) values (gen_random_uuid(), $1) returning team_id', [user.id])).rows[0].team_id
    await expect.poll(() => socket.caller()?.actor.teamIds, { timeout: 5_000 }).toEqual([team])
    await db.pool.query(`insert into core.share (object, record_id, team_id, level) values ('client', gen_random_uuid(), $1, 'read')`, [team])
    await expect.poll(() => socket.caller()?.actor.hasShares, { timeout: 5_000 }).toBe(true)
    await db.pool.query('delete from core.user_role where user_id = $1', [user.id])
    await expect.poll(() => socket.caller()?.actor.roleIds, { timeout: 5_000 }).toEqual([])
    await socket.stop()
  })

  it('of a token is closed when the token is revoked', async () => {
    const user = await api.signedIn('Token')
    const { createToken: { secret, token } } = await api.run<{ createToken: { secret: string, token: { id: string } } }>(user.cookie, 'mutation { createToken(input: { name: "x" }) { secret token { id } } }')
    const socket = await openSocket(secret)
    await api.run(user.cookie, `mutation { revokeToken(id: "${token.id}") }`)
    await expect.poll(socket.caller, { timeout: 5_000 }).toBeNull()
    await socket.stop()
  })

  it('is closed in time when the notification is lost, and when the record was changed by other means', async () => {
    const user = await api.signedIn('Deaf')
    const heard = vi.fn()
    const deaf = { pool: db.pool, listen: async () => async () => undefined }
    const stop = await watchAccess(deaf, heard)
    await api.run(admin.cookie, `mutation { endUserSessions(user: "${user.id}") }`)
    await expect.poll(() => heard.mock.calls, { timeout: 5_000 }).toContainEqual([user.id])
    heard.mockClear()
    const other = await api.signedIn('Other')
    await db.pool.query('update core."user" set active = false, updated_at = now() where id = $1', [other.id])
    await expect.poll(() => heard.mock.calls, { timeout: 5_000 }).toContainEqual([other.id])
    await stop()
  })
})

it('tells of a change once, though it looks by itself too', async () => {
  const [user, other] = [await api.signedIn('Once'), await api.signedIn('Beside')]
  const heard = vi.fn()
  const stop = await accounts.watchAccess(heard)
  await accounts.announceAccessChange(db.pool, user.id)
  await expect.poll(() => heard.mock.calls, { timeout: 5_000 }).toEqual([[user.id]])
  // Of this one nobody is notified: who tells of it has looked at all changes by itself.
  await db.pool.query('update core."user" set updated_at = now() where id = $1', [other.id])
  await expect.poll(() => heard.mock.calls, { timeout: 10_000 }).toEqual([[user.id], [other.id]])
  await accounts.announceAccessChange(db.pool, user.id)
  await expect.poll(() => heard.mock.calls, { timeout: 1_500 }).toEqual([[user.id], [other.id], [user.id]])
  await stop()
})

/** A change of rights in a transaction of its own, which ends so. */
async function announced(userId: string, end: string): Promise<void> {
  const client = await db.pool.connect()
  await client.query('begin')
  await accounts.announceAccessChange(client, userId)
  await client.query(end)
  client.release()
}

it('tells of a change whose transaction was long', async () => {
  const user = await api.signedIn('Long')
  const heard = vi.fn()
  const stop = await accounts.watchAccess(heard)
  await announced(user.id, `update auth.access_change set at = now() - interval '1 hour' where user_id = '${user.id}'; commit`)
  await expect.poll(() => heard.mock.calls, { timeout: 5_000 }).toEqual([[user.id]])
  await stop()
})

it('says nothing of a change that was rolled back', async () => {
  const user = await api.signedIn('Rollback')
  const heard = vi.fn()
  const stop = await accounts.watchAccess(heard)
  await announced(user.id, 'rollback')
  await accounts.announceAccessChange(db.pool, admin.id)
  await expect.poll(() => heard.mock.calls, { timeout: 5_000 }).toContainEqual([admin.id])
  expect(heard.mock.calls).not.toContainEqual([user.id])
  await stop()
})
