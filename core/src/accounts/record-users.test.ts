import { describe, expect, it } from 'vitest'
import { testEngine } from '../testing/engine.ts'
import { recordUsers } from './record-users.ts'
import { accountsWorld } from './testing.ts'
import { accountsApi } from './testing-graphql.ts'
import type { UserDirectory } from './deps.ts'

// the directory needs the world's database, the world the directory: the reference closes the circle
const directory: { users?: UserDirectory } = {}
const late: UserDirectory = {
  create: (...args) => directory.users!.create(...args), update: (...args) => directory.users!.update(...args),
  get: (...args) => directory.users!.get(...args), findByEmail: (...args) => directory.users!.findByEmail(...args),
}
const world = await accountsWorld({ users: late })
const { db } = world
const engine = await testEngine(db)
directory.users = recordUsers(engine, db)
const users = directory.users
const api = accountsApi(world)

describe('user records by the record engine', () => {
  it('are validated and unique', async () => {
    const { id } = await users.create({ name: 'Анна', email: 'anna.k@example.com', locale: 'uk' })
    expect(await users.get(id)).toEqual({ id, name: 'Анна', email: 'anna.k@example.com', locale: 'uk', active: true })
    expect((await users.findByEmail('anna.k@example.com'))?.id).toBe(id)
    await expect(users.create({ name: 'Other', email: 'anna.k@example.com', locale: 'en' })).rejects.toThrow()
    await expect(users.create({ name: '', email: 'x@example.com', locale: 'en' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('change with audit trail and author, though their person may not write users', async () => {
    const manager = await api.signedIn('Manager')
    await api.run(manager.cookie, 'mutation { updateMe(name: "Manager Two", locale: "fi") { name } }')
    expect((await users.get(manager.id))?.name).toBe('Manager Two')
    const { rows } = await db.pool.query('select actor_kind, user_id, actor_name from core.change_set order by at desc limit 1')
    expect(rows).toEqual([{ actor_kind: 'system', user_id: manager.id, actor_name: 'Manager' }])
  })

  it('are switched off and on', async () => {
    const admin = await api.signedIn('Admin', ['administrator'])
    const bob = await api.signedIn('Bob')
    await api.run(admin.cookie, `mutation { deactivateUser(user: "${bob.id}") }`)
    expect([await users.get(bob.id).then((user) => user?.active), await bob.live()]).toEqual([false, false])
    await api.run(admin.cookie, `mutation { activateUser(user: "${bob.id}") }`)
    expect((await world.signIn(bob.email)).status).toBe(200)
  })

  it('are made by an invitation and by the set-up page', async () => {
    const admin = await api.signedIn('Chief', ['administrator'])
    const { inviteUser } = await api.run<{ inviteUser: { userId: string, link: string } }>(admin.cookie, 'mutation { inviteUser(input: { name: "New", email: "New.One@Example.com", locale: "ru" }) { userId link } }')
    expect(await users.get(inviteUser.userId)).toMatchObject({ email: 'new.one@example.com', locale: 'ru' })
    const answer = await world.post('/auth/invitation', { token: inviteUser.link.split('#token=')[1], password: 'a long enough phrase' })
    expect(answer.status).toBe(200)
  })
})
