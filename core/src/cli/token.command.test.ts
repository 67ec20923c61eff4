import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { accountsWorld } from '../accounts/testing.ts'
import { accountsApi } from '../accounts/testing-graphql.ts'
import { runCommand } from './main.ts'

const world = await accountsWorld()
const api = accountsApi(world)

async function kartotek(...args: string[]): Promise<{ code: number, out: string, err: string }> {
  const out: string[] = [], err: string[] = []
  const env = { DATABASE_URL: world.db.url, KARTOTEK_SECRET: world.accounts.deps.secret, KARTOTEK_DATA_DIR: tmpdir(), LOG_LEVEL: 'silent' }
  const code = await runCommand(args, { out: (line) => { out.push(line) }, err: (line) => { err.push(line) }, env, cwd: tmpdir() })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

describe('kartotek token', () => {
  it('creates, lists and revokes a token', async () => {
    const { email } = await world.person('Robot', { password: null, roles: ['manager', 'accountant'] })
    const made = await kartotek('token', 'create', email, 'exchange', '--role', 'accountant', '--days', '30')
    expect([made.code, made.out]).toEqual([0, expect.stringMatching(/^kt_[\w-]{43}$/)])
    expect((await api.callerOf(made.out))?.actor).toMatchObject({ name: 'Robot', roleIds: [expect.any(String)] })
    const listed = await kartotek('token', 'list', email)
    expect(listed.out).toMatch(/\texchange\t….{4}\taccountant\tuntil \d{4}-\d\d-\d\d\t/)
    expect(listed.out).not.toContain(made.out)
    const id = listed.out.split('\t')[0] ?? ''
    expect((await kartotek('token', 'revoke', id)).code).toBe(0)
    expect(await api.callerOf(made.out)).toBeNull()
    expect((await kartotek('token', 'list', email)).out).toContain('revoked')
  })

  it('narrows a token to objects and actions', async () => {
    const { email } = await world.person('Shop', { password: null, roles: ['manager'] })
    const made = await kartotek('token', 'create', email, 'shop', '--only', 'client:read', '--only', 'order:read,create')
    expect([made.code, made.err]).toEqual([0, expect.stringContaining('Keep it now')])
    expect((await api.callerOf(made.out))?.actor.narrowedTo).toEqual({ objects: { client: ['read'], order: ['read', 'create'] }, capabilities: [] })
    expect((await kartotek('token', 'list', email)).out).toContain('client:read order:read,create')
    expect(await kartotek('token', 'create', email, 'shop', '--only', 'product:update')).toMatchObject({ code: 1, err: 'You may not update here yourself (product).' })
    expect((await kartotek('token', 'create', email, 'shop', '--only', 'nonsense:read')).err).toBe('There is no object "nonsense".')
  })

  it('says in one sentence what is wrong', async () => {
    const { email } = await world.person('Careless')
    expect(await kartotek('token', 'create', 'nobody@example.com', 'x')).toMatchObject({ code: 1, err: 'There is no user with the address nobody@example.com.' })
    expect((await kartotek('token', 'create', email, 'x', '--role', 'chief')).err).toMatch(/^There is no role chief; there are administrator,/)
    expect((await kartotek('token', 'create', email, 'x', '--role', 'administrator')).err).toBe('A token can only have roles that you have yourself.')
    expect((await kartotek('token', 'create', email, 'x', '--days', 'many')).err).toBe('A token lives from 1 to 3650 days.')
    expect((await kartotek('token', 'revoke', 'x')).err).toBe('There is no such token.')
    expect(await kartotek('token')).toMatchObject({ code: 2, err: expect.stringContaining('Usage: kartotek token create') })
    expect((await kartotek('token', 'create', email)).code).toBe(2)
  })
})

describe('kartotek user', () => {
  it('makes a link for a new password, switches the second factor off and signs out', async () => {
    const anna = await api.signedIn('Anna', ['administrator'])
    await world.accounts.twoFactor.start(anna.id, 'x', 'en')
    await world.db.pool.query('update auth.two_factor set confirmed_at = now()')
    const { out } = await kartotek('user', 'link', anna.email)
    expect(out).toMatch(/\/reset#token=[\w-]{43}$/)
    const token = out.split('#token=')[1]
    expect((await world.post('/auth/reset/confirm', { token, password: 'another long phrase' })).status).toBe(200)
    expect((await world.signIn(anna.email, { password: 'another long phrase' })).body.error?.reason).toBe('TOTP_REQUIRED')
    expect((await kartotek('user', 'totp-off', anna.email)).err).toContain('is off')
    const { cookie = '' } = await world.signIn(anna.email, { password: 'another long phrase' })
    expect((await kartotek('user', 'sign-out', anna.email)).err).toBe('1 sessions ended.')
    expect(await api.callerOf(cookie)).toBeNull()
    expect((await kartotek('user', 'promote', anna.email)).code).toBe(2)
  })
})
