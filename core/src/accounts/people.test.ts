import { describe, expect, it } from 'vitest'
import { SYSTEM } from './deps.ts'
import { accountsWorld, PASSWORD } from './testing.ts'
import { accountsApi } from './testing-graphql.ts'

const world = await accountsWorld({ mail: true })
const { db, mails, post, log } = world
const api = accountsApi(world)
const admin = await api.signedIn('Admin', ['administrator'])
await db.pool.query(`insert into core.role (id, key, name, rules) values (gen_random_uuid(), 'personnel', '{"en":"Personnel"}', '{"capabilities":["users.manage","bookkeeping.exchange"]}')`)
const personnel = await api.signedIn('Personnel', ['personnel'])
const roleId = async (key: string) => (await db.pool.query('select id from core.role where key = $1', [key])).rows[0].id as string
const INVITE = 'mutation ($input: AccountInvitation!) { inviteUser(input: $input) { userId mailed link expiresAt } }'
const invite = async (cookie: string, input: Record<string, unknown>) => (await api.run<{ inviteUser: { userId: string, mailed: boolean, link: string | null } }>(cookie, INVITE, { input })).inviteUser
const rolesOf = async (id: string) => (await db.pool.query('select r.key from core.user_role u join core.role r on r.id = u.role_id where u.user_id = $1 order by 1', [id])).rows.map((row) => row.key)

describe('an invitation', () => {
  it('is mailed in the language of the person, sets the password once and signs in', async () => {
    const { userId, mailed, link } = await invite(personnel.cookie, { name: 'Оксана', email: 'Oksana@example.com', locale: 'uk', roles: [await roleId('manager')] })
    expect([mailed, link]).toEqual([true, null])
    expect(mails.at(-1)).toMatchObject({ to: 'oksana@example.com', subject: 'Вас запросили до Kartotek' })
    const token = /\/invitation#token=([\w-]+)/.exec(mails.at(-1)?.text ?? '')?.[1]
    expect((await post('/auth/link', { kind: 'invitation', token })).body).toEqual({ name: 'Оксана', email: 'oksana@example.com', locale: 'uk' })
    expect((await post('/auth/reset/confirm', { token, password: PASSWORD })).status).toBe(400)
    const accepted = await post('/auth/invitation', { token, password: PASSWORD })
    expect(accepted.status).toBe(200)
    expect((await api.callerOf(accepted.cookie ?? ''))?.actor).toMatchObject({ userId, locale: 'uk', roleIds: [await roleId('manager')] })
    expect((await post('/auth/invitation', { token, password: PASSWORD })).status).toBe(400)
  })

  it('takes an existing record without password, and refuses an account that exists', async () => {
    const imported = await world.person('Imported', { password: null })
    expect(await invite(personnel.cookie, { name: 'Imported', email: imported.email })).toMatchObject({ userId: imported.id, mailed: true })
    await expect(invite(personnel.cookie, { name: 'Admin', email: admin.email })).rejects.toMatchObject({ code: 'DUPLICATE' })
  })

  it('needs the right, a name and an address, and gives nothing beyond the own rights', async () => {
    const plain = await api.signedIn('Plain')
    await expect(invite(plain.cookie, { name: 'X', email: 'x@example.com' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    for (const email of ['', 'nobody', 'a b@example.com', 'a@b, c@d', 'a@b\r\nBcc: c@d', '<a@b>']) {
      await expect(invite(admin.cookie, { name: 'X', email }), email).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    }
    for (const key of ['administrator', 'head_of_sales']) {
      await expect(invite(personnel.cookie, { name: 'X', email: 'x@example.com', roles: [await roleId(key)] })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    }
    expect((await db.pool.query(`select from core."user" where email = 'x@example.com'`)).rowCount).toBe(0)
    await expect(invite(admin.cookie, { name: 'X', email: 'x@example.com', roles: ['00000000-0000-0000-0000-000000000001'] })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('roles', () => {
  it('are given and taken at once', async () => {
    const bob = await api.signedIn('Bob')
    await api.run(admin.cookie, 'mutation ($roles: [ID!]!) { setUserRoles(user: "' + bob.id + '", roles: $roles) }', { roles: [await roleId('head_of_sales')] })
    expect(await rolesOf(bob.id)).toEqual(['head_of_sales'])
    expect((await api.callerOf(bob.cookie))?.actor.roleIds).toEqual([await roleId('head_of_sales')])
    await api.run(admin.cookie, `mutation { setUserRoles(user: "${bob.id}", roles: ["${await roleId('read_only')}"]) }`)
    const { accessLog } = await api.run<{ accessLog: object[] }>(admin.cookie, `{ accessLog(user: "${bob.id}", kind: "roles_changed") { detail } }`)
    expect(accessLog[0]).toEqual({ detail: { by: admin.id, before: [await roleId('head_of_sales')], roles: [await roleId('read_only')] } })
  })

  it('beyond the own rights cannot be given, not to oneself either', async () => {
    const set = async (user: string, key: string) => api.run(personnel.cookie, `mutation { setUserRoles(user: "${user}", roles: ["${await roleId(key)}"]) }`)
    const carl = await world.person('Carl')
    await expect(set(personnel.id, 'administrator')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(set(carl.id, 'head_of_sales')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(set(personnel.id, 'accountant')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await set(carl.id, 'accountant')
    expect(await rolesOf(carl.id)).toEqual(['accountant'])
    expect(await rolesOf(personnel.id)).toEqual(['personnel'])
  })
})

describe('administrators', () => {
  it('are out of reach of who is none', async () => {
    for (const mutation of [
      `deactivateUser(user: "${admin.id}")`, `makeResetLink(user: "${admin.id}") { link }`, `endUserSessions(user: "${admin.id}")`, `switchOffUserTotp(user: "${admin.id}")`, `setUserRoles(user: "${admin.id}", roles: [])`, `revokeUserToken(user: "${admin.id}", id: "x")`,
    ]) await expect(api.run(personnel.cookie, `mutation { ${mutation} }`), mutation).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(api.run(personnel.cookie, `{ userSessions(user: "${admin.id}") { id } }`)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await admin.live()).toBe(true)
  })

  it('never become none: not by deactivation, roles, record changes or two at once', async () => {
    await expect(api.run(admin.cookie, `mutation { deactivateUser(user: "${admin.id}") }`)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(api.run(admin.cookie, `mutation { setUserRoles(user: "${admin.id}", roles: []) }`)).rejects.toMatchObject({ code: 'CONFLICT' })
    const guard = api.feature.guards?.['user.update']
    const ctx = await api.contextOf({ actor: SYSTEM, origin: 'system' })
    await expect(guard?.run([{ id: admin.id, before: null, after: { id: admin.id, version: 2, active: false } }], ctx)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(guard?.run([{ id: admin.id, before: null, after: null }], ctx)).rejects.toMatchObject({ code: 'CONFLICT' })
    await guard?.run([{ id: admin.id, before: null, after: { id: admin.id, version: 2, active: true } }], ctx)
    // an administrator who never set a password does not count
    await world.person('Paper', { roles: ['administrator'], password: null })
    await expect(api.run(admin.cookie, `mutation { setUserRoles(user: "${admin.id}", roles: []) }`)).rejects.toMatchObject({ code: 'CONFLICT' })
    const second = await api.signedIn('Second', ['administrator'])
    const both = await Promise.allSettled([
      api.run(admin.cookie, `mutation { deactivateUser(user: "${second.id}") }`), api.run(second.cookie, `mutation { deactivateUser(user: "${admin.id}") }`),
    ])
    expect(both.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected'])
    await db.pool.query('update core."user" set active = true where id = $1', [admin.id])
  })
})

describe('the address to sign in with', () => {
  it('is changed by who manages users, and of administrators by administrators', async () => {
    const guard = api.feature.guards?.['user.update']
    const change = async (proof: string, id: string) => {
      const caller = await api.callerOf(proof)
      if (!caller) throw new Error('nobody')
      await guard?.run([{ id, before: { id, version: 1, email: 'a@example.com', active: true }, after: { id, version: 2, email: 'evil@example.com', active: true } }], await api.contextOf(caller))
    }
    const plain = await api.signedIn('Addressless', ['head_of_sales'])
    const paper = await world.person('NoPassword', { password: null, roles: [] })
    await change(plain.cookie, paper.id)
    // Whoever has roles comes in by his address once he is invited.
    const awaited = await world.person('Awaited', { password: null })
    await expect(change(plain.cookie, awaited.id)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(change(plain.cookie, personnel.id)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(change(plain.cookie, admin.id)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const clerk = await api.signedIn('Clerk', ['accountant'])
    await change(personnel.cookie, clerk.id)
    // By the address one takes over an account: not of who may do more than oneself.
    await expect(change(personnel.cookie, plain.id)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(api.run(personnel.cookie, `mutation { makeResetLink(user: "${plain.id}") { link } }`)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(api.run(personnel.cookie, `mutation { switchOffUserTotp(user: "${plain.id}") }`)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(change(personnel.cookie, admin.id)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const chief = await api.signedIn('Chief', ['administrator'])
    await change(chief.cookie, personnel.id)
  })

  it('changed, ends the links that went to the old one', async () => {
    const moved = await world.person('Moved')
    await (await world.accounts.passwords.requestReset(moved.email, { ip: '', userAgent: '', locale: 'en' })).done
    await api.feature.on?.['user.*']?.run([{ id: 'e2', name: 'user.updated', object: 'user', recordId: moved.id, changeSetId: 'c', changed: ['email'], at: '' }], await api.contextOf({ actor: SYSTEM, origin: 'system' }))
    const token = /#token=([\w-]+)/.exec(mails.at(-1)?.text ?? '')?.[1]
    expect((await post('/auth/reset/confirm', { token, password: 'another long phrase' })).status).toBe(400)
  })
})

describe('a deactivated person', () => {
  it('loses sessions, tokens and links at once, and comes back without them', async () => {
    const boss = await api.signedIn('Boss', ['administrator'])
    const dora = await api.signedIn('Dora')
    const { createToken } = await api.run<{ createToken: { secret: string } }>(dora.cookie, 'mutation { createToken(input: { name: "x" }) { secret } }')
    await api.run(boss.cookie, `mutation { makeResetLink(user: "${dora.id}") { mailed } }`)
    await api.run(boss.cookie, `mutation { deactivateUser(user: "${dora.id}") }`)
    expect(await dora.live()).toBe(false)
    expect((await world.signIn(dora.email)).status).toBe(401)
    await api.run(boss.cookie, `mutation { activateUser(user: "${dora.id}") }`)
    expect(await dora.live()).toBe(false)
    expect(await api.callerOf(createToken.secret)).toBeNull()
    expect((await db.pool.query('select from auth.link where user_id = $1 and used_at is null', [dora.id])).rowCount).toBe(0)
    expect((await world.signIn(dora.email)).status).toBe(200)
    expect((await log()).filter((entry) => entry.user_id === dora.id).map((entry) => entry.kind)).toEqual(expect.arrayContaining(['user_deactivated', 'user_activated', 'reset_link_made']))
  })

  it('by way of the record loses them too', async () => {
    const eve = await api.signedIn('Eve')
    await db.pool.query('update core."user" set active = false where id = $1', [eve.id])
    await api.feature.on?.['user.*']?.run([{ id: 'e1', name: 'user.updated', object: 'user', recordId: eve.id, changeSetId: 'c', changed: ['active'], at: '' }], await api.contextOf({ actor: SYSTEM, origin: 'system' }))
    expect((await db.pool.query('select from auth.session where user_id = $1', [eve.id])).rowCount).toBe(0)
  })
})

describe('your own account', () => {
  it('changes name and language, and nothing else', async () => {
    const fay = await api.signedIn('Fay')
    const { updateMe } = await api.run<{ updateMe: object }>(fay.cookie, 'mutation { updateMe(name: " Fay Moon ", locale: "fi") { name locale secureConnection capabilities roles { key name } } }')
    expect(updateMe).toEqual({ name: 'Fay Moon', locale: 'fi', secureConnection: true, capabilities: ['duplicates.create', 'duplicates.see', 'share'], roles: [{ key: 'manager', name: 'Myyjä' }] })
    await expect(api.run(fay.cookie, 'mutation { updateMe(locale: "de") { id } }')).rejects.toMatchObject({ fields: [{ field: 'locale' }] })
  })

  it('changes the password with the current one, and ends the other sessions', async () => {
    const gus = await api.signedIn('Gustav')
    const other = (await world.signIn(gus.email)).cookie ?? ''
    const change = (current: string, next: string) => api.run(gus.cookie, 'mutation ($c: String!, $n: String!) { changePassword(currentPassword: $c, newPassword: $n) }', { c: current, n: next })
    await expect(change('wrong password', 'quiet river at dawn')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await expect(change(PASSWORD, 'gustav12345')).rejects.toMatchObject({ fields: [{ field: 'newPassword', rule: 'context' }] })
    await change(PASSWORD, 'quiet river at dawn')
    expect(await gus.live()).toBe(true)
    expect(await api.callerOf(other)).toBeNull()
    expect((await world.signIn(gus.email, { password: 'quiet river at dawn' })).status).toBe(200)
  })

  it('does not let who sits at an open session guess the password for ever', async () => {
    const han = await api.signedIn('Han')
    const tries = []
    for (let i = 0; i < 7; i++) tries.push(await api.run(han.cookie, 'mutation { disableTotp(password: "a wrong guess") }').catch((error: { code: string }) => error.code))
    expect(tries).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED', 'UNAUTHENTICATED', 'UNAUTHENTICATED', 'UNAUTHENTICATED', 'RATE_LIMITED', 'RATE_LIMITED'])
  })

  it('lists and ends its own sessions and nobody else\'s', async () => {
    const ivy = await api.signedIn('Ivy')
    const second = (await world.signIn(ivy.email, {}, { 'user-agent': 'Second browser' })).cookie ?? ''
    const third = (await world.signIn(ivy.email)).cookie ?? ''
    const { mySessions } = await api.run<{ mySessions: { id: string, current: boolean, userAgent: string }[] }>(ivy.cookie, '{ mySessions { id current userAgent ip } }')
    expect(mySessions).toHaveLength(3)
    expect(mySessions.filter((session) => session.current)).toHaveLength(1)
    const victim = mySessions.find((session) => session.userAgent === 'Second browser')?.id ?? ''
    const jan = await api.signedIn('Jan')
    await expect(api.run(jan.cookie, `mutation { revokeSession(id: "${victim}") }`)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await api.run(ivy.cookie, `mutation { revokeSession(id: "${victim}") }`)
    expect(await api.callerOf(second)).toBeNull()
    expect(await api.callerOf(third)).not.toBeNull()
    expect((await api.run<{ revokeOtherSessions: number }>(ivy.cookie, 'mutation { revokeOtherSessions }')).revokeOtherSessions).toBe(1)
    expect(await api.callerOf(third)).toBeNull()
    expect(await ivy.live()).toBe(true)
  })
})

it('shows accounts in a list, those of administrators too, and says which are manageable', async () => {
  const [admin, personnel, guest] = [await api.signedIn('Zadmin', ['administrator']), await api.signedIn('Zpersonnel', ['personnel']), await world.person('Zguest', { password: null })]
  const ids = [admin.id, guest.id, '00000000-0000-0000-0000-000000000009', 'nonsense']
  const query = 'query ($users: [ID!]!) { accountsOf(users: $users) { userId hasPassword active twoFactorEnabled manageable roles { key } } }'
  const seen = async (cookie: string) => (await api.run<{ accountsOf: { userId: string }[] }>(cookie, query, { users: ids })).accountsOf.sort((a, b) => ids.indexOf(a.userId) - ids.indexOf(b.userId))
  const forPersonnel = await seen(personnel.cookie)
  expect(forPersonnel).toMatchObject([
    { userId: admin.id, hasPassword: true, manageable: false, roles: [{ key: 'administrator' }] }, { userId: guest.id, hasPassword: false, active: true, manageable: true },
  ])
  expect((await seen(admin.cookie)).map((account) => (account as { manageable?: boolean }).manageable)).toEqual([true, true])
  await expect(seen((await api.signedIn('Zplain')).cookie)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await expect(api.run(personnel.cookie, '{ accountOf(user: "nonsense") { userId } }')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

it('shows the access log to who may read it', async () => {
  const boss = await api.signedIn('Auditor', ['administrator'])
  await world.signIn('nobody@example.com')
  const { accessLog } = await api.run<{ accessLog: { kind: string }[] }>(boss.cookie, '{ accessLog(kind: "sign_in_denied", first: 5) { kind ip detail at } }')
  expect(accessLog[0]).toMatchObject({ kind: 'sign_in_denied', detail: { reason: 'unknown' } })
  await expect(api.run(personnel.cookie, '{ accessLog { id } }')).rejects.toMatchObject({ code: 'FORBIDDEN' })
})
