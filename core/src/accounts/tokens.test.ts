import { describe, expect, it } from 'vitest'
import { accountsWorld } from './testing.ts'
import { accountsApi } from './testing-graphql.ts'

const world = await accountsWorld()
const { db, accounts, log } = world
const api = accountsApi(world)
const CREATE = 'mutation ($input: AccountTokenInput!) { createToken(input: $input) { secret token { id name hint roles { key } expiresAt } } }'
interface Created { createToken: { secret: string, token: { id: string, name: string, hint: string, roles: { key: string }[] | null } } }
const create = async (cookie: string, input: Record<string, unknown> = {}) => (await api.run<Created>(cookie, CREATE, { input: { name: 'exchange', ...input } })).createToken
const roleId = async (key: string) => (await db.pool.query('select id from core.role where key = $1', [key])).rows[0].id as string

describe('an API token', () => {
  it('is shown once, stored as a hash, and acts as its person', async () => {
    const anna = await api.signedIn('Anna')
    const { secret, token } = await create(anna.cookie)
    expect(secret).toMatch(/^kt_[\w-]{43}$/)
    expect(token).toMatchObject({ name: 'exchange', hint: secret.slice(-4), roles: null })
    const caller = await api.callerOf(secret)
    expect(caller).toMatchObject({ origin: 'api', actor: { kind: 'token', id: token.id, userId: anna.id, name: 'Anna' } })
    expect(caller?.sessionId).toBeUndefined()
    const { rows } = await db.pool.query('select * from auth.api_token')
    expect(JSON.stringify(rows)).not.toContain(secret)
    const listed = await api.run<{ myTokens: object[] }>(anna.cookie, '{ myTokens { id name hint lastUsedAt } }')
    expect(listed.myTokens).toMatchObject([{ id: token.id, hint: secret.slice(-4) }])
    expect(JSON.stringify(await log())).not.toContain(secret)
  })

  it('has its subset of roles, and never a role that the person lost', async () => {
    const person = await world.person('Roles', { roles: ['manager', 'accountant'] })
    const { cookie = '' } = await world.signIn(person.email)
    const { secret } = await create(cookie, { roles: [await roleId('accountant')] })
    expect((await api.callerOf(secret))?.actor.roleIds).toEqual([await roleId('accountant')])
    await db.pool.query('delete from core.user_role where user_id = $1 and role_id = $2', [person.id, await roleId('accountant')])
    expect((await api.callerOf(secret))?.actor.roleIds).toEqual([])
    await expect(create(cookie, { roles: [await roleId('administrator')] })).rejects.toMatchObject({ code: 'INVALID_INPUT', fields: [{ field: 'roles' }] })
  })

  it('ends by expiry, by revoking and with its person', async () => {
    const bob = await api.signedIn('Bob')
    const [expired, revoked, orphaned] = [await create(bob.cookie, { days: 1 }), await create(bob.cookie), await create(bob.cookie)]
    await db.pool.query(`update auth.api_token set expires_at = now() - interval '1 second' where id = $1`, [expired.token.id])
    expect(await api.callerOf(expired.secret)).toBeNull()
    await api.run(bob.cookie, `mutation { revokeToken(id: "${revoked.token.id}") }`)
    expect(await api.callerOf(revoked.secret)).toBeNull()
    await expect(api.run(bob.cookie, `mutation { revokeToken(id: "${revoked.token.id}") }`)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await api.callerOf(orphaned.secret)).not.toBeNull()
    await db.pool.query('update core."user" set active = false where id = $1', [bob.id])
    expect(await api.callerOf(orphaned.secret)).toBeNull()
  })

  it('notes its last use', async () => {
    const cleo = await api.signedIn('Cleo')
    const { secret } = await create(cleo.cookie)
    await api.callerOf(secret)
    await expect.poll(async () => (await db.pool.query('select last_used_at from auth.api_token where user_id = $1', [cleo.id])).rows[0].last_used_at).toBeInstanceOf(Date)
  })

  it('is refused where it is changed or incomplete', async () => {
    const dan = await api.signedIn('Dan')
    const { secret } = await create(dan.cookie)
    for (const wrong of [secret.slice(0, -1), `${secret}x`, secret.toUpperCase(), secret.slice(3), `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`]) {
      expect(await accounts.authenticate(world.request({ authorization: `Bearer ${wrong}` })), wrong).toBeNull()
    }
  })

  it('cannot change the account: no password, sessions, second factor or further tokens', async () => {
    const eve = await api.signedIn('Eve')
    const { secret } = await create(eve.cookie)
    for (const mutation of [
      'createToken(input: { name: "more" }) { secret }', 'changePassword(currentPassword: "x", newPassword: "y")', 'startTotp(password: "x") { secret }',
      'confirmTotp(code: "1") { recoveryCodes }', 'renewRecoveryCodes(password: "x") { recoveryCodes }', 'disableTotp(password: "x")', 'revokeOtherSessions', 'revokeSession(id: "x")', 'updateMe(name: "Mallory") { id }', 'revokeToken(id: "x")',
    ]) await expect(api.run(secret, `mutation { ${mutation} }`), mutation).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect((await api.run<{ me: object }>(secret, '{ me { name } }')).me).toEqual({ name: 'Eve' })
  })

  it('has a name, a sensible life and company of at most fifty', async () => {
    const fay = await api.signedIn('Fay')
    await expect(create(fay.cookie, { name: ' ' })).rejects.toMatchObject({ fields: [{ field: 'name', rule: 'required' }] })
    for (const days of [0, -1, 3651]) await expect(create(fay.cookie, { days })).rejects.toMatchObject({ fields: [{ field: 'days' }] })
    for (let i = 0; i < 50; i++) await create(fay.cookie)
    await expect(create(fay.cookie)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})
