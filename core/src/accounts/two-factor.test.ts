import { Secret, TOTP } from 'otpauth'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { accountsWorld, PASSWORD } from './testing.ts'
import { accountsApi } from './testing-graphql.ts'

const world = await accountsWorld({ trustProxy: (address) => address === '127.0.0.1' })
const { db, accounts, log } = world
const api = accountsApi(world)
const STEP = 30_000

let counter = 0
let from: Record<string, string>
beforeEach(() => {
  from = { 'x-forwarded-for': `198.51.100.${++counter}` }
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
})
afterEach(() => { vi.useRealTimers() })

const codeOf = (secret: string, offset = 0): string => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + offset })
const start = async (cookie: string) => (await api.run<{ startTotp: { secret: string, uri: string } }>(cookie, `mutation { startTotp(password: "${PASSWORD}") { secret uri } }`)).startTotp
const confirm = async (cookie: string, code: string) =>
  (await api.run<{ confirmTotp: { recoveryCodes: string[] } }>(cookie, `mutation { confirmTotp(code: "${code}") { recoveryCodes } }`)).confirmTotp.recoveryCodes

/** A person with the second factor on; the clock is one step further, so that the next code is fresh. */
async function enrolled(name: string) {
  const person = await api.signedIn(name)
  const { secret, uri } = await start(person.cookie)
  const recoveryCodes = await confirm(person.cookie, codeOf(secret))
  vi.setSystemTime(Date.now() + STEP)
  return { ...person, secret, uri, recoveryCodes, signIn: (totp?: string) => world.signIn(person.email, totp === undefined ? {} : { totp }, from) }
}

describe('two-factor sign-in', () => {
  it('asks for the code after the right password only, and lets in with it', async () => {
    const anna = await enrolled('Anna')
    expect(anna.uri).toMatch(/^otpauth:\/\/totp\/Kartotek:anna%40example.com\?.*secret=/)
    const first = await anna.signIn()
    expect([first.status, first.body.error?.reason, first.cookie]).toEqual([401, 'TOTP_REQUIRED', undefined])
    const wrongPassword = await world.signIn(anna.email, { password: 'wrong password', totp: codeOf(anna.secret) }, from)
    expect(wrongPassword.body.error).toEqual({ code: 'UNAUTHENTICATED', message: 'The e-mail address or the password is wrong.' })
    expect((await anna.signIn(codeOf(anna.secret))).status).toBe(200)
    const me = await api.run<{ me: object }>(anna.cookie, '{ me { twoFactorEnabled recoveryCodesLeft } }')
    expect(me.me).toEqual({ twoFactorEnabled: true, recoveryCodesLeft: 10 })
  })

  it('refuses a code that was used, its predecessors, and one that is too old', async () => {
    const bob = await enrolled('Bob')
    const code = codeOf(bob.secret)
    expect((await bob.signIn(code)).status).toBe(200)
    const replay = await bob.signIn(code)
    expect([replay.status, replay.body.error?.reason]).toEqual([401, 'TOTP_WRONG'])
    expect((await bob.signIn(codeOf(bob.secret, -STEP))).status).toBe(401)
    expect((await bob.signIn(codeOf(bob.secret, STEP))).status).toBe(200)
    vi.setSystemTime(Date.now() + 10 * STEP)
    expect((await bob.signIn(codeOf(bob.secret, -2 * STEP))).status).toBe(401)
    expect((await bob.signIn(codeOf(bob.secret, 2 * STEP))).status).toBe(401)
  })

  it('lets one of many simultaneous uses of a code through', async () => {
    const carl = await enrolled('Carl')
    const code = codeOf(carl.secret)
    const answers = await Promise.all([1, 2, 3, 4].map(() => carl.signIn(code)))
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 401, 401, 401])
  })

  it('refuses the code of the confirmation for signing in', async () => {
    const dora = await api.signedIn('Dora')
    const { secret } = await start(dora.cookie)
    const code = codeOf(secret)
    await confirm(dora.cookie, code)
    expect((await world.signIn(dora.email, { totp: code }, from)).status).toBe(401)
  })

  it('counts wrong codes as wrong attempts, and missing ones not', async () => {
    const eve = await enrolled('Eve')
    for (let i = 0; i < 8; i++) expect((await eve.signIn()).body.error?.reason).toBe('TOTP_REQUIRED')
    for (let i = 0; i < 5; i++) expect((await eve.signIn('000000')).status).toBe(401)
    expect((await eve.signIn(codeOf(eve.secret))).status).toBe(429)
    expect((await log('sign_in_denied')).filter((entry) => entry.user_id === eve.id).map((entry) => entry.detail.reason)).toEqual(['totp', 'totp', 'totp', 'totp', 'totp', 'limit'])
  })

  it('takes each recovery code once, however it is typed', async () => {
    const fred = await enrolled('Fred')
    expect(fred.recoveryCodes).toHaveLength(10)
    const [one = '', two = ''] = fred.recoveryCodes
    expect(one).toMatch(/^([a-z2-7]{4}-){3}[a-z2-7]{4}$/)
    expect((await fred.signIn(one)).status).toBe(200)
    expect((await fred.signIn(one)).status).toBe(401)
    expect((await fred.signIn(two.toUpperCase().replaceAll('-', ' '))).status).toBe(200)
    expect(await accounts.twoFactor.recoveryCodesLeft(fred.id)).toBe(8)
    expect((await log('recovery_code_used')).map((entry) => entry.detail.left)).toEqual([9, 8])
    const other = await enrolled('Other')
    expect((await other.signIn(fred.recoveryCodes[2])).status).toBe(401)
  })

  it('keeps neither secret nor codes readable', async () => {
    const gina = await enrolled('Gina')
    const { rows } = await db.pool.query('select t.sealed_secret, array(select code_hash from auth.recovery_code r where r.user_id = t.user_id) as codes from auth.two_factor t where user_id = $1', [gina.id])
    const stored = JSON.stringify(rows)
    expect(stored).not.toContain(gina.secret)
    expect(stored).not.toContain((gina.recoveryCodes[0] ?? '').replaceAll('-', ''))
  })

  it('cannot be moved from one person to another in the database', async () => {
    const [mine, theirs] = [await enrolled('Mine'), await enrolled('Theirs')]
    await db.pool.query('update auth.two_factor set sealed_secret = (select sealed_secret from auth.two_factor where user_id = $1) where user_id = $2', [mine.id, theirs.id])
    expect((await theirs.signIn(codeOf(mine.secret))).status).toBe(500)
  })
})

describe('switching the second factor', () => {
  it('on needs the password and a code, and ends the other sessions', async () => {
    const hugo = await api.signedIn('Hugo')
    const other = (await world.signIn(hugo.email, {}, from)).cookie ?? ''
    await expect(api.run(hugo.cookie, 'mutation { startTotp(password: "wrong password") { secret } }')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const { secret } = await start(hugo.cookie)
    expect(await accounts.twoFactor.isOn(hugo.id)).toBe(false)
    await expect(confirm(hugo.cookie, '000000')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await confirm(hugo.cookie, codeOf(secret))
    expect(await hugo.live()).toBe(true)
    expect(await api.callerOf(other)).toBeNull()
    await expect(start(hugo.cookie)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('off needs the password', async () => {
    const ida = await enrolled('Ida')
    await expect(api.run(ida.cookie, 'mutation { disableTotp(password: "wrong password") }')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await api.run(ida.cookie, `mutation { disableTotp(password: "${PASSWORD}") }`)
    expect((await ida.signIn()).status).toBe(200)
  })

  it('off by an administrator ends all sessions', async () => {
    const admin = await api.signedIn('Root', ['administrator'])
    const june = await enrolled('June')
    await api.run(admin.cookie, `mutation { switchOffUserTotp(user: "${june.id}") }`)
    expect(await june.live()).toBe(false)
    expect((await june.signIn()).status).toBe(200)
  })

  it('new recovery codes end the old ones', async () => {
    const kim = await enrolled('Kim')
    const { renewRecoveryCodes } = await api.run<{ renewRecoveryCodes: { recoveryCodes: string[] } }>(kim.cookie, `mutation { renewRecoveryCodes(password: "${PASSWORD}") { recoveryCodes } }`)
    expect((await kim.signIn(kim.recoveryCodes[0])).status).toBe(401)
    expect((await kim.signIn(renewRecoveryCodes.recoveryCodes[0])).status).toBe(200)
  })
})
