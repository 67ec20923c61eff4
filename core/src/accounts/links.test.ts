import { beforeEach, describe, expect, it } from 'vitest'
import { accountsWorld, PASSWORD } from './testing.ts'
import { accountsApi } from './testing-graphql.ts'

const world = await accountsWorld({ mail: true, trustProxy: (address) => address === '127.0.0.1' })
const { post, person, accounts, db, mails, log } = world
const api = accountsApi(world)
const NEW = 'completely different words'
const tokenOf = (text: string): string => /#token=([\w-]+)/.exec(text)?.[1] ?? ''

let counter = 0
let from: Record<string, string>
beforeEach(() => { from = { 'x-forwarded-for': `198.51.100.${++counter}` }; mails.length = 0 })
const signIn = (email: string, password: string) => world.signIn(email, { password }, from)

/** Asks for a reset and waits for what goes on behind the answer. */
async function requestReset(email: string): Promise<string> {
  const { done } = await accounts.passwords.requestReset(email, { ip: `192.0.2.${++counter}`, userAgent: '', locale: 'en' })
  await done
  return tokenOf(mails.at(-1)?.text ?? '')
}

describe('a password reset', () => {
  it('answers the same whether the address exists or not, and mails only the stored address', async () => {
    const { email } = await person('Reset')
    const answers = [await post('/auth/reset', { email: 'RESET@example.com' }, from), await post('/auth/reset', { email: 'nobody@example.com' }, from)]
    for (const answer of answers) expect([answer.status, answer.body]).toEqual([200, { ok: true }])
    await expect.poll(() => mails).toHaveLength(1)
    expect(mails[0]).toMatchObject({ to: email, subject: 'A new password for Kartotek' })
    await expect.poll(async () => (await log('reset_denied')).map((entry) => entry.detail.reason)).toEqual(['unknown'])
  })

  it('does not go to a look-alike address', async () => {
    await person('Maria')
    await requestReset('marıa@example.com')
    await requestReset('mària@example.com')
    expect(mails).toHaveLength(0)
  })

  it('makes its link from PUBLIC_URL, whatever host the request names', async () => {
    const { email } = await person('Host')
    await post('/auth/reset', { email }, { ...from, 'x-forwarded-host': 'evil.example', 'forwarded': 'host=evil.example' })
    await expect.poll(() => mails).toHaveLength(1)
    expect(mails[0]?.text).toContain(`${world.url}/reset#token=`)
    expect(mails[0]?.text).not.toContain('evil')
  })

  it('sets the password once, ends all sessions and does not sign in', async () => {
    const anna = await api.signedIn('Anna')
    const token = await requestReset(anna.email)
    expect((await post('/auth/link', { kind: 'reset', token }, from)).body).toEqual({ name: 'Anna', email: anna.email, locale: 'en' })
    const answer = await post('/auth/reset/confirm', { token, password: NEW }, from)
    expect([answer.status, answer.body, answer.cookie]).toEqual([200, { ok: true, email: anna.email }, undefined])
    expect(await anna.live()).toBe(false)
    expect((await signIn(anna.email, PASSWORD)).status).toBe(401)
    expect((await signIn(anna.email, NEW)).status).toBe(200)
    const again = await post('/auth/reset/confirm', { token, password: 'yet another set of words' }, from)
    expect([again.status, again.body.error?.fields?.[0]?.field]).toEqual([400, 'token'])
    expect((await signIn(anna.email, NEW)).status).toBe(200)
  })

  it('used twice at once works once', async () => {
    const { email } = await person('Race')
    const token = await requestReset(email)
    const answers = await Promise.all([1, 2, 3, 4].map((n) => post('/auth/reset/confirm', { token, password: `${NEW} ${n}` }, from)))
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400, 400, 400])
  })

  it('lets in again who was locked out by guesses', async () => {
    const { email } = await person('Unlock')
    for (let i = 0; i < 6; i++) await signIn(email, 'wrong password')
    expect((await signIn(email, PASSWORD)).status).toBe(429)
    await post('/auth/reset/confirm', { token: await requestReset(email), password: NEW }, from)
    expect((await signIn(email, NEW)).status).toBe(200)
  })

  it('keeps the link when the new password is too weak', async () => {
    const { email } = await person('Weak')
    const token = await requestReset(email)
    expect((await post('/auth/reset/confirm', { token, password: 'short' }, from)).body.error?.fields?.[0]).toMatchObject({ field: 'password', rule: 'minLength' })
    expect((await post('/auth/reset/confirm', { token, password: NEW }, from)).status).toBe(200)
  })

  it('ends earlier links, and works for two hours', async () => {
    const { email, id } = await person('Late')
    const first = await requestReset(email)
    const second = await requestReset(email)
    expect((await post('/auth/reset/confirm', { token: first, password: NEW }, from)).status).toBe(400)
    await db.pool.query(`update auth.link set expires_at = now() - interval '1 second' where user_id = $1`, [id])
    expect((await post('/auth/reset/confirm', { token: second, password: NEW }, from)).status).toBe(400)
  })

  it('is dead for a person deactivated since, and for another kind of link', async () => {
    const gone = await person('Gone')
    const token = await requestReset(gone.email)
    expect((await post('/auth/invitation', { token, password: NEW }, from)).status).toBe(400)
    await db.pool.query('update core."user" set active = false where id = $1', [gone.id])
    expect((await post('/auth/reset/confirm', { token, password: NEW }, from)).status).toBe(400)
    expect((await post('/auth/link', { kind: 'reset', token }, from)).status).toBe(400)
  })

  it('does not skip the second factor', async () => {
    const person = await api.signedIn('Factor')
    const { secret } = await accounts.twoFactor.start(person.id, 'x', 'en')
    await db.pool.query('update auth.two_factor set confirmed_at = now() where user_id = $1', [person.id])
    expect(secret).toBeTruthy()
    await post('/auth/reset/confirm', { token: await requestReset(person.email), password: NEW }, from)
    const answer = await signIn(person.email, NEW)
    expect([answer.status, answer.body.error?.reason, answer.cookie]).toEqual([401, 'TOTP_REQUIRED', undefined])
  })

  it('is limited per account, silently, and per address, openly', async () => {
    const { email } = await person('Flood')
    for (let i = 0; i < 4; i++) await requestReset(email)
    expect(mails).toHaveLength(3)
    for (let i = 0; i < 10; i++) expect((await post('/auth/reset', { email: `x${i}@example.com` }, from)).status).toBe(200)
    expect((await post('/auth/reset', { email: 'y@example.com' }, from)).status).toBe(429)
  })

  it('guessed by trying tokens is limited', async () => {
    const tries = []
    for (let i = 0; i < 21; i++) tries.push((await post('/auth/reset/confirm', { token: `guess ${i}`, password: NEW }, from)).status)
    expect(new Set(tries.slice(0, 20))).toEqual(new Set([400]))
    expect(tries[20]).toBe(429)
  })

  it('stores no usable token', async () => {
    const { email } = await person('Stored')
    const token = await requestReset(email)
    const { rows } = await db.pool.query('select * from auth.link')
    expect(token).toHaveLength(43)
    expect(JSON.stringify(rows)).not.toContain(token)
  })
})

describe('without mail', () => {
  it('the link waits for an administrator; one for an administrator is seen by administrators only', async () => {
    const dry = await accountsWorld()
    const dryApi = accountsApi(dry)
    const admin = await dryApi.signedIn('Admin', ['administrator'])
    await dry.db.pool.query(`insert into core.role (id, key, name, rules) values (gen_random_uuid(), 'personnel', '{"en":"Personnel"}', '{"capabilities":["users.manage","bookkeeping.exchange"]}')`)
    const personnel = await dryApi.signedIn('Personnel', ['personnel'])
    const plain = await dryApi.signedIn('Plain', ['accountant'])
    for (const { email } of [admin, plain]) await (await dry.accounts.passwords.requestReset(email, { ip: '', userAgent: '', locale: 'en' })).done
    const query = '{ resetLinks { userId name email kind link } }'
    const forAdmin = (await dryApi.run<{ resetLinks: { userId: string, link: string }[] }>(admin.cookie, query)).resetLinks
    expect(forAdmin).toHaveLength(2)
    const forPersonnel = (await dryApi.run<{ resetLinks: { userId: string, link: string }[] }>(personnel.cookie, query)).resetLinks
    expect(forPersonnel).toMatchObject([{ userId: plain.id, name: 'Plain', kind: 'RESET' }])
    await expect(dryApi.run(plain.cookie, query)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const used = await dry.post('/auth/reset/confirm', { token: tokenOf(forPersonnel[0]?.link ?? ''), password: NEW })
    expect(used.status).toBe(200)
    expect((await dryApi.run<{ resetLinks: unknown[] }>(personnel.cookie, query)).resetLinks).toEqual([])
  })

  it('a mail server that fails leaves the link for an administrator', async () => {
    const broken = await accountsWorld({ sendMail: async () => { throw new Error('mail is away') } })
    const brokenApi = accountsApi(broken)
    const admin = await brokenApi.signedIn('Admin', ['administrator'])
    const { email } = await broken.person('Unlucky')
    expect((await broken.post('/auth/reset', { email })).status).toBe(200)
    await expect.poll(async () => (await brokenApi.run<{ resetLinks: unknown[] }>(admin.cookie, '{ resetLinks { link } }')).resetLinks).toHaveLength(1)
  })
})
