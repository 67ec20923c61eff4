import { beforeEach, describe, expect, it } from 'vitest'
import { accountsWorld, PASSWORD } from './testing.ts'

const world = await accountsWorld({ trustProxy: (address) => address === '127.0.0.1' })
const { post, person, signIn, accounts, db, request, log } = world

/** Each test comes from its own address, through the trusted proxy on 127.0.0.1. */
let counter = 0
let from: Record<string, string>
beforeEach(() => { from = { 'x-forwarded-for': `198.51.100.${++counter}` } })

describe('signing in', () => {
  it('gives a signed cookie that names the person, with roles', async () => {
    const anna = await person('Anna')
    const answer = await signIn(anna.email, {}, from)
    expect(answer.status).toBe(200)
    expect(answer.setCookie).toMatch(/^kartotek_session=.*HttpOnly/)
    expect(answer.setCookie).toMatch(/SameSite=Lax/i)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const caller = await accounts.authenticate(request({ cookie: answer.cookie ?? '' }))
    expect(caller?.actor).toMatchObject({ kind: 'user', id: anna.id, userId: anna.id, name: 'Anna', locale: 'en', hasShares: false })
    expect(caller?.actor.roleIds).toHaveLength(1)
    expect(caller?.origin).toBe('web')
    expect(await log('sign_in')).toMatchObject([{ user_id: anna.id, ip: from['x-forwarded-for'] }])
  })

  it('does not care about the case of the address', async () => {
    await person('Casimir')
    expect((await signIn('CASIMIR@Example.com', {}, from)).status).toBe(200)
  })

  it('stores the session id only as a hash', async () => {
    const { email } = await person('Hash')
    const { cookie } = await signIn(email, {}, from)
    const id = decodeURIComponent(cookie ?? '').split('=')[1]?.split('.')[0]
    const { rows } = await db.pool.query('select token from auth.session')
    expect(id).toHaveLength(32)
    expect(rows.map((row) => row.token)).not.toContain(id)
  })

  it('says the same for an unknown address, a wrong password, a person without a password and a deactivated one', async () => {
    const known = await person('Known')
    const invited = await person('Invited', { password: null })
    const gone = await person('Gone')
    await db.pool.query('update core."user" set active = false where id = $1', [gone.id])
    const answers = [
      await signIn('nobody@example.com', {}, from), await signIn(known.email, { password: 'not the password' }, from),
      await signIn(invited.email, {}, from), await signIn(gone.email, {}, from),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(401)
      expect(answer.body).toEqual({ error: { code: 'UNAUTHENTICATED', message: 'The e-mail address or the password is wrong.' } })
      expect(answer.cookie).toBeUndefined()
    }
    const reasons = (await log('sign_in_denied')).slice(-4).map((entry) => entry.detail.reason)
    expect(reasons).toEqual(['unknown', 'password', 'password', 'inactive'])
  })

  it('speaks the language of the browser', async () => {
    const answer = await signIn('nobody@example.com', {}, { ...from, 'accept-language': 'ru-RU,ru;q=0.9,en;q=0.8' })
    expect(answer.body.error?.message).toBe('Неверная почта или пароль.')
  })

  it('never takes over a session id that the browser brought along, and ends the old one', async () => {
    const anna = await person('Fixa')
    const first = (await signIn(anna.email, {}, from)).cookie ?? ''
    const second = (await signIn(anna.email, {}, { ...from, cookie: first })).cookie ?? ''
    expect(second).not.toBe(first)
    expect(await accounts.authenticate(request({ cookie: first }))).toBeNull()
    expect(await accounts.authenticate(request({ cookie: second }))).not.toBeNull()
    const planted = await signIn(anna.email, {}, { ...from, cookie: 'kartotek_session=planted' })
    expect(planted.cookie).not.toContain('planted')
  })

  it('lets nobody in by better-auth\'s own routes', async () => {
    for (const path of ['/auth/sign-up/email', '/auth/sign-in/email', '/auth/get-session', '/auth/api/auth/sign-in/email']) {
      expect((await fetch(world.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).status).toBe(404)
    }
  })
})

describe('requests from elsewhere', () => {
  it('are refused by Origin and by content type', async () => {
    const { email } = await person('Csrf')
    const foreign = await signIn(email, {}, { ...from, origin: 'https://evil.example' })
    expect([foreign.status, foreign.body.error?.code]).toEqual([403, 'FORBIDDEN'])
    expect((await signIn(email, {}, { ...from, origin: 'null' })).status).toBe(403)
    expect((await signIn(email, {}, { ...from, 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await signIn(email, {}, { ...from, 'content-type': 'text/plain' })).status).toBe(415)
    expect((await signIn(email, {}, { ...from, 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415)
    expect((await signIn(email, {}, { ...from, origin: world.url })).status).toBe(200)
  })

  it('with broken or odd bodies get a clear answer', async () => {
    expect((await post('/auth/sign-in', '{"email":', from)).status).toBe(400)
    expect((await post('/auth/sign-in', [], from)).body.error?.fields?.[0]).toMatchObject({ field: 'email', rule: 'required' })
    expect((await post('/auth/sign-in', { email: { $ne: '' }, password: ['x'] }, from)).status).toBe(400)
    expect((await post('/auth/sign-in', { email: 'a@b.c', password: 'x'.repeat(20_000) }, from)).status).toBe(413)
  })
})

describe('guessing', () => {
  it('is stopped after five tries for one account from one address, and says how long to wait', async () => {
    const { email, id } = await person('Lock')
    for (let i = 0; i < 5; i++) expect((await signIn(email, { password: `wrong guess ${i}` }, from)).status).toBe(401)
    const locked = await signIn(email, {}, from)
    expect(locked.status).toBe(429)
    expect(locked.body.error).toMatchObject({ code: 'RATE_LIMITED', message: 'Too many attempts. Time to wait: 15 minutes.' })
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(800)
    expect((await log('sign_in_denied')).at(-1)).toMatchObject({ user_id: id, detail: { reason: 'limit' } })
    const elsewhere = await signIn(email, {}, { 'x-forwarded-for': '203.0.113.77' })
    expect(elsewhere.status).toBe(200)
  })

  it('of an unknown address is stopped in the same way', async () => {
    for (let i = 0; i < 5; i++) expect((await signIn('ghost@example.com', {}, from)).status).toBe(401)
    expect((await signIn('GHOST@example.com ', {}, from)).status).toBe(429)
  })

  it('in parallel gets no more tries than one after the other', async () => {
    const { email } = await person('Parallel')
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => signIn(email, { password: `wrong guess ${i}` }, from)))
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(5)
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(7)
  })

  it('of one account by many addresses is stopped too', async () => {
    const { email } = await person('Botnet')
    for (let i = 0; i < 30; i++) await signIn(email, { password: `wrong guess ${i}` }, { 'x-forwarded-for': `192.0.2.${i}` })
    expect((await signIn(email, {}, { 'x-forwarded-for': '192.0.2.200' })).status).toBe(429)
  })

  it('is not helped by inventing addresses in front of the proxy', async () => {
    const { email } = await person('Spoof')
    for (let i = 0; i < 5; i++) await signIn(email, { password: 'wrong guess' }, { 'x-forwarded-for': `10.9.8.${i}, ${from['x-forwarded-for']}` })
    expect((await signIn(email, {}, { 'x-forwarded-for': `10.9.8.99, ${from['x-forwarded-for']}` })).status).toBe(429)
  })

  it('does not count against who knows the password', async () => {
    const { email } = await person('Steady')
    for (let i = 0; i < 8; i++) expect((await signIn(email, {}, from)).status).toBe(200)
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 4; i++) await signIn(email, { password: 'typo' }, from)
      expect((await signIn(email, {}, from)).status).toBe(200)
    }
  })
})

it('keeps an access log that cannot be rewritten', async () => {
  await expect(db.pool.query(`update core.access_log set kind = 'x'`)).rejects.toThrow(/append-only/)
  await expect(db.pool.query('delete from core.access_log')).rejects.toThrow(/append-only/)
  await expect(db.pool.query('truncate core.access_log')).rejects.toThrow(/append-only/)
  expect(JSON.stringify(await log())).not.toContain(PASSWORD)
})
