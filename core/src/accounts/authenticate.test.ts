import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readerLocale } from '../http/reader-locale.ts'
import { deriveSecrets } from './secrets.ts'
import { accountsWorld } from './testing.ts'

const world = await accountsWorld()
const { person, signIn, accounts, db, request, get, post } = world

/** A signed-in person and the cookie. */
async function session(name: string) {
  const user = await person(name)
  const { cookie = '' } = await signIn(user.email)
  return { ...user, cookie, caller: () => accounts.authenticate(request({ cookie })) }
}

describe('authenticate', () => {
  it('asks the database once', async () => {
    const { cookie } = await session('Once')
    const queries: unknown[] = []
    const original = db.pool.query
    db.pool.query = function (this: unknown, ...args: unknown[]) { queries.push(args[0]); return Reflect.apply(original, db.pool, args) } as typeof original
    await accounts.authenticate(request({ cookie }))
    db.pool.query = original
    expect(queries).toHaveLength(1)
  })

  it('makes its errors be told in the language of the person, whatever the browser wants', async () => {
    const { cookie, id } = await session('Reader')
    await db.pool.query('update core."user" set locale = $2 where id = $1', [id, 'fi'])
    const asked = request({ cookie, 'accept-language': 'ru' })
    expect(readerLocale(asked)).toBe('ru')
    await accounts.authenticate(asked)
    expect(readerLocale(asked)).toBe('fi')
  })

  it('does not ask the database about forged, foreign and broken cookies', async () => {
    const { cookie } = await session('Forged')
    const [name, value] = cookie.split('=') as [string, string]
    const id = decodeURIComponent(value).split('.')[0] ?? ''
    const sign = (text: string, key: string) => encodeURIComponent(`${text}.${createHmac('sha256', key).update(text).digest('base64')}`)
    const key = deriveSecrets(accounts.deps.secret).cookieKey
    expect(await accounts.authenticate(request({ cookie: `${name}=${sign(id, key)}` }))).not.toBeNull()
    const original = db.pool.query
    db.pool.query = () => { throw new Error('the database was asked') }
    for (const forged of [
      `${name}=${id}`, `${name}=${id}.`, `${name}=${sign(id, 'another key')}`, `${name}=${value.slice(0, -3)}`, `${name}=${sign(`${id}x`, 'k')}`,
      `${name}=%E0%A4%A`, `${name}=`, `${name}=${value}; ${name}=${value}`, `__Host-kartotek=${value}`, `other=${value}`, '', `${name}=${'a.'.repeat(500)}`,
    ]) expect(await accounts.authenticate(request({ cookie: forged })), forged).toBeNull()
    db.pool.query = original
  })

  it('knows teams and shares', async () => {
    const { id, caller } = await session('Team')
    await db.pool.query('insert into core.team_member (team_id, user_id) values (gen_random_uuid(), $1)', [id])
    expect((await caller())?.actor).toMatchObject({ hasShares: false, teamIds: [expect.any(String)] })
    await db.pool.query(`insert into core.share (object, record_id, team_id, level) select 'client', gen_random_uuid(), team_id, 'read' from core.team_member where user_id = $1`, [id])
    expect((await caller())?.actor.hasShares).toBe(true)
  })

  it('refuses a deactivated or trashed person at once', async () => {
    const a = await session('Deactivated')
    await db.pool.query('update core."user" set active = false where id = $1', [a.id])
    expect(await a.caller()).toBeNull()
    const b = await session('Trashed')
    await db.pool.query('update core."user" set trashed_at = now() where id = $1', [b.id])
    expect(await b.caller()).toBeNull()
  })

  it('ends a session after 14 idle days and after 90 days in all', async () => {
    const idle = await session('Idle')
    await db.pool.query(`update auth.session set last_seen_at = now() - interval '13 days' where user_id = $1`, [idle.id])
    expect(await idle.caller()).not.toBeNull()
    await expect.poll(async () => (await db.pool.query(`select last_seen_at > now() - interval '1 minute' as noted from auth.session where user_id = $1`, [idle.id])).rows[0].noted).toBe(true)
    await db.pool.query(`update auth.session set last_seen_at = now() - interval '15 days' where user_id = $1`, [idle.id])
    expect(await idle.caller()).toBeNull()
    const old = await session('Old')
    const { rows } = await db.pool.query(`select extract(epoch from expires_at - created_at) / 86400 as days from auth.session where user_id = $1`, [old.id])
    expect(Number(rows[0].days)).toBeCloseTo(90, 2)
    await db.pool.query(`update auth.session set expires_at = now() - interval '1 second' where user_id = $1`, [old.id])
    expect(await old.caller()).toBeNull()
    await accounts.removeExpired()
    expect((await db.pool.query('select from auth.session where user_id = any($1)', [[old.id, idle.id]])).rowCount).toBe(0)
  })

  it('notes the last use, at most once a minute', async () => {
    const { id, caller } = await session('Seen')
    const seen = async () => (await db.pool.query('select last_seen_at as at from auth.session where user_id = $1', [id])).rows[0].at.getTime()
    const first = await seen()
    await caller()
    expect(await seen()).toBe(first)
    await db.pool.query(`update auth.session set last_seen_at = now() - interval '2 minutes' where user_id = $1`, [id])
    await caller()
    await expect.poll(seen).toBeGreaterThan(first)
  })

  it('is not kept alive by an open socket that is checked again', async () => {
    const { id, caller } = await session('Forgotten')
    const before = await caller()
    await db.pool.query(`update auth.session set last_seen_at = now() - interval '2 minutes' where user_id = $1`, [id])
    const seen = async () => (await db.pool.query('select last_seen_at as at from auth.session where user_id = $1', [id])).rows[0].at.getTime()
    const first = await seen()
    expect(await accounts.refresh(before!)).toMatchObject({ actor: { userId: id } })
    await new Promise((resolve) => { setTimeout(resolve, 100) })
    expect(await seen()).toBe(first)
  })

  it('takes the address from the connection, whatever a client without proxy writes', async () => {
    const { cookie } = await session('Address')
    const caller = await accounts.authenticate(request({ cookie, 'x-forwarded-for': '10.1.1.1', 'x-real-ip': '10.1.1.1', 'forwarded': 'for=10.1.1.1' }, '::ffff:198.51.100.7'))
    expect(caller?.ip).toBe('198.51.100.7')
  })

  it('judges a request with an Authorization header by that alone', async () => {
    const { cookie } = await session('Both')
    for (const authorization of ['Bearer wrong', 'Basic abc', '', `Bearer kt_${'a'.repeat(43)}`]) {
      expect(await accounts.authenticate(request({ cookie, authorization }))).toBeNull()
    }
  })
})

describe('signing out', () => {
  it('ends the session at once and removes the cookie', async () => {
    const { cookie, caller } = await session('Out')
    const answer = await post('/auth/sign-out', {}, { cookie })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('set-cookie')).toMatch(/^kartotek_session=; Max-Age=0/)
    expect(await caller()).toBeNull()
    expect((await post('/auth/sign-out', {}, { cookie })).status).toBe(200)
  })
})

describe('GET /auth/status', () => {
  it('says whether somebody is signed in and warns of plain http, but not on the machine itself', async () => {
    const { cookie } = await session('Status')
    expect((await get('/auth/status')).body).toEqual({ setupNeeded: false, secure: true, signedIn: false, providers: [] })
    const throughProxy = { 'x-forwarded-for': '192.168.1.20' }
    expect((await get('/auth/status', { cookie, ...throughProxy })).body).toEqual({ setupNeeded: false, secure: false, signedIn: true, providers: [] })
  })
})

describe('over https', () => {
  it('uses a __Host- cookie with Secure and takes no other', async () => {
    const safe = await accountsWorld({ publicUrl: 'https://crm.example.com', demo: { email: 'demo@example.com', password: 'x' } })
    const { email } = await safe.person('Safe')
    const answer = await safe.signIn(email, {}, { origin: 'https://crm.example.com' })
    expect(answer.setCookie).toMatch(/^__Host-kartotek=[^;]+;.*Secure/)
    expect(answer.setCookie).toMatch(/Path=\//)
    expect(answer.setCookie).not.toMatch(/Domain/i)
    expect(await safe.accounts.authenticate(safe.request({ cookie: answer.cookie ?? '' }))).not.toBeNull()
    const plain = (answer.cookie ?? '').replace('__Host-kartotek', 'kartotek_session')
    expect(await safe.accounts.authenticate(safe.request({ cookie: plain }))).toBeNull()
    expect((await safe.get('/auth/status')).body).toMatchObject({ secure: true, demo: { email: 'demo@example.com' } })
  })
})

it('keeps the access log for two years', async () => {
  await db.pool.query(`insert into core.access_log (kind, at) values ('sign_in', now() - interval '3 years'), ('sign_out', now() - interval '1 year')`)
  await accounts.removeExpired()
  expect((await db.pool.query(`select kind from core.access_log where at < now() - interval '300 days'`)).rows).toEqual([{ kind: 'sign_out' }])
})
