import { describe, expect, it } from 'vitest'
import { accountsWorld } from './testing.ts'

const ANNA = { name: 'Anna', email: 'Anna@Example.com', password: 'snow over the harbour', locale: 'fi' }
const tokenOf = (found: { kind: string, url?: string }): string => found.url?.split('#token=')[1] ?? ''

describe('the first start', () => {
  it('gives a one-time link that makes the first administrator and signs in', async () => {
    const world = await accountsWorld()
    expect((await world.get('/auth/status')).body).toMatchObject({ setupNeeded: true })
    const earlier = tokenOf(await world.accounts.ensureFirstAdministrator())
    const found = await world.accounts.ensureFirstAdministrator()
    expect(found).toMatchObject({ kind: 'link', url: expect.stringContaining(`${world.url}/setup#token=`) })
    const answer = await world.post('/auth/setup', { token: tokenOf(found), ...ANNA })
    expect(answer.status).toBe(200)
    const caller = await world.accounts.authenticate(world.request({ cookie: answer.cookie ?? '' }))
    expect(caller?.actor).toMatchObject({ name: 'Anna', locale: 'fi' })
    const { rows } = await world.db.pool.query(`select r.key from core.user_role ur join core.role r on r.id = ur.role_id where ur.user_id = $1`, [caller?.actor.userId])
    expect(rows).toEqual([{ key: 'administrator' }])
    expect((await world.get('/auth/status')).body).toMatchObject({ setupNeeded: false })
    const late = await world.post('/auth/setup', { token: earlier, ...ANNA, email: 'eve@example.com' })
    expect([late.status, late.body.error?.code]).toEqual([409, 'CONFLICT'])
    expect(await world.accounts.ensureFirstAdministrator()).toEqual({ kind: 'present' })
  })

  it('refuses wrong and expired links and weak passwords, and says so in the access log', async () => {
    const world = await accountsWorld()
    const token = tokenOf(await world.accounts.ensureFirstAdministrator())
    expect((await world.post('/auth/setup', { token: 'x'.repeat(43), ...ANNA })).status).toBe(400)
    const weak = await world.post('/auth/setup', { token, ...ANNA, password: 'anna@example.com' })
    expect(weak.body.error?.fields?.[0]).toMatchObject({ field: 'password', rule: 'context' })
    await world.db.pool.query(`update auth.link set expires_at = now() - interval '1 second'`)
    expect((await world.post('/auth/setup', { token, ...ANNA })).status).toBe(400)
    expect(await world.log('setup_denied')).toHaveLength(3)
    expect((await world.get('/auth/status')).body).toMatchObject({ setupNeeded: true })
  })

  it('makes one administrator when two browsers are at it', async () => {
    const world = await accountsWorld()
    const token = tokenOf(await world.accounts.ensureFirstAdministrator())
    const answers = await Promise.all(['a', 'b', 'c'].map((name) => world.post('/auth/setup', { token, ...ANNA, email: `${name}@example.com` })))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    expect((await world.db.pool.query('select from auth.account')).rowCount).toBe(1)
  })

  it('takes the administrator from the environment, once', async () => {
    const world = await accountsWorld()
    await expect(world.accounts.ensureFirstAdministrator({ email: 'boss@example.com', password: 'short' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(await world.accounts.ensureFirstAdministrator({ email: 'Boss@example.com', password: 'snow over the harbour' })).toEqual({ kind: 'created', email: 'boss@example.com' })
    expect(await world.accounts.ensureFirstAdministrator({ email: 'other@example.com', password: 'snow over the harbour' })).toEqual({ kind: 'present' })
    expect((await world.signIn('boss@example.com', { password: 'snow over the harbour' })).status).toBe(200)
  })
})

it('ignores the environment of better-auth', async () => {
  process.env.BETTER_AUTH_SECRET = 'somebody else chose this secret for us'
  process.env.BETTER_AUTH_TRUSTED_ORIGINS = 'https://evil.example'
  process.env.BETTER_AUTH_TELEMETRY = '1'
  const world = await accountsWorld()
  expect(Object.keys(process.env).filter((name) => name.startsWith('BETTER_AUTH_'))).toEqual([])
  const { email } = await world.person('Env')
  const { cookie = '' } = await world.signIn(email)
  expect(await world.accounts.authenticate(world.request({ cookie }))).not.toBeNull()
})
