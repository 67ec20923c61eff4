import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createLogger, loadConfig, publicUrl } from './index.ts'

const dir = mkdtempSync(join(tmpdir(), 'kartotek-config-'))
afterAll(() => rmSync(dir, { recursive: true }))
const load = (env: NodeJS.ProcessEnv = {}) => loadConfig({ KARTOTEK_DATA_DIR: dir, ...env })

describe('settings', () => {
  it('have defaults that serve this machine only', () => {
    const config = load()
    expect(config).toMatchObject({ port: 3000, host: '127.0.0.1', role: 'all', logLevel: 'info', trustProxy: false, dataDir: dir })
    expect(config.databaseUrl).toBeUndefined()
    expect(publicUrl(config, 3000)).toBe('http://127.0.0.1:3000')
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('take an empty value for none', () => {
    expect(load({ PORT: '', SMTP_URL: ' ' })).toMatchObject({ port: 3000, smtpUrl: undefined })
  })

  it('list plugins by name or path', () => {
    expect(load().plugins).toEqual([])
    expect(load({ KARTOTEK_PLUGINS: ' @example/telephony, ./plugins/hello ,' }).plugins).toEqual(['@example/telephony', './plugins/hello'])
  })

  it('make a secret once, which only the owner may read', () => {
    const { secret } = load()
    expect(secret).toMatch(/^[0-9a-f]{64}$/)
    expect(load().secret).toBe(secret)
    expect(statSync(join(dir, 'secret')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(dir, 'secret'), 'utf8').trim()).toBe(secret)
  })

  it.each([
    [{ PORT: 'web' }, 'PORT is "web": write a port number such as PORT=3000 (0 takes any free one).'],
    [{ PORT: '70000' }, 'PORT is "70000": write a port number'],
    [{ HOST: 'http://x' }, 'HOST is "http://x": write an address of this machine'],
    [{ PUBLIC_URL: 'crm.example.com' }, 'PUBLIC_URL is "crm.example.com": write the address that people open'],
    [{ PUBLIC_URL: 'https://crm.example.com/crm' }, 'without a path'],
    [{ TRUST_PROXY: 'true' }, 'TRUST_PROXY is "true": write the number of proxies in front (TRUST_PROXY=1)'],
    [{ DATABASE_URL: 'mysql://u:geheim@h/d' }, 'DATABASE_URL does not fit: write postgresql://user:password@host:5432/database.'],
    [{ KARTOTEK_SECRET: 'short' }, 'KARTOTEK_SECRET does not fit: write at least 32 random characters'],
    [{ KARTOTEK_ROLE: 'both' }, 'KARTOTEK_ROLE is "both": write all, web or worker.'],
    [{ KARTOTEK_ROLE: 'web' }, 'KARTOTEK_ROLE is web, but processes that share the work need one PostgreSQL: write DATABASE_URL too'],
    [{ KARTOTEK_ADMIN_EMAIL: 'a@b.cc' }, 'KARTOTEK_ADMIN_EMAIL is given without KARTOTEK_ADMIN_PASSWORD: write KARTOTEK_ADMIN_PASSWORD too.'],
    [{ TLS_CERT: '/nowhere.pem', TLS_KEY: '/nowhere.key' }, 'TLS_CERT is "/nowhere.pem": write the path of a readable PEM file.'],
    [{ SMTP_URL: 'mail.example.com' }, 'SMTP_URL does not fit: write smtp://user:password@host:587'],
    [{ LOG_LEVEL: 'verbose' }, 'LOG_LEVEL is "verbose": write fatal, error, warn, info, debug, trace or silent.'],
    [{ KARTOTEK_DATADIR: '/x' }, 'KARTOTEK_DATADIR is not a setting: write KARTOTEK_DATA_DIR.'],
    [{ KARTOTEK_COLOUR: 'red' }, 'KARTOTEK_COLOUR is not a setting: leave it out (there are PORT, '],
    [{ DATABASE_URI: 'postgresql://u:geheim@h/d' }, 'DATABASE_URI is not a setting: write DATABASE_URL instead, or an empty DATABASE_URL= beside it if it belongs to another program.'],
    [{ SMPT_URL: 'smtp://h' }, 'SMPT_URL is not a setting: write SMTP_URL instead'],
    [{ PUBLIC_URI: 'https://x' }, 'PUBLIC_URI is not a setting: write PUBLIC_URL instead'],
    [{ TLS_CRT: '/x' }, 'TLS_CRT is not a setting: write TLS_CERT instead'],
  ])('%o stops the start with one sentence that says what to write', (env, sentence) => {
    let message = ''
    try {
      load(env)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toContain(sentence)
    expect(message).not.toContain('geheim')
    expect(message.split('\n')).toHaveLength(1)
  })

  it.each([['1', 1], ['0', false], ['loopback, 10.0.0.0/8', 'loopback, 10.0.0.0/8'], ['192.168.1.5', '192.168.1.5']])('TRUST_PROXY=%s is understood', (text, value) => {
    expect(load({ TRUST_PROXY: text }).trustProxy).toBe(value)
  })

  it('say so when the data directory cannot be used', () => {
    writeFileSync(join(dir, 'file'), '')
    expect(() => loadConfig({ KARTOTEK_DATA_DIR: join(dir, 'file') })).toThrow(/cannot be used .*: set KARTOTEK_DATA_DIR to a directory that may be written\.$/)
  })

  it('leave names of other programs alone', () => {
    const foreign = ['HOME', 'POST', 'HOSTS', 'PORTS', 'LOGLEVEL', 'HTTP_URL', 'SFTP_URL', 'AMQP_URL', 'IMAP_URL', 'AWS_KEY', 'DNS_KEY', 'API_KEY', 'SSL_CERT', 'TLS_CA', 'DATABASE_SSL', 'DATABASE_HOST', 'DATABASE_USER',
      'SMTP_HOST', 'SMTP_USER', 'PUBLIC_KEY', 'NO_PROXY', 'ALL_PROXY', 'TEST_DATABASE_URL', 'DB_URL', 'BASE_URL', 'NODE_ENV']
    expect(load(Object.fromEntries(foreign.map((name) => [name, 'x']))).port).toBe(3000)
    expect(load({ DATABASE_URI: 'x', DATABASE_URL: '' }).databaseUrl).toBeUndefined()
  })

  it('leave settings of the tests alone', () => {
    expect(load({ KARTOTEK_TEST_DATA: '/x' }).port).toBe(3000)
  })
})

describe('the log', () => {
  const written = (data: object): string => {
    let text = ''
    const output = { isTTY: true, write: (line: string) => { text += line } } as unknown as NodeJS.WriteStream
    createLogger({ logLevel: 'info' }, output).info(data, 'said')
    return text
  }

  it('leaves out passwords, tokens, cookies and what a database error quotes', () => {
    expect(written({ password: 'geheim', user: { token: 'geheim' }, req: { headers: { cookie: 'geheim', authorization: 'geheim' } } })).not.toContain('geheim')
    const error = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (email)=(geheim) already exists.', constraint: 'user_email' })
    expect(written({ err: error })).not.toContain('geheim')
    expect(written({ err: error })).toContain('duplicate key')
  })

  it('writes short lines for a person on a terminal', () => {
    expect(written({ port: 3000 })).toMatch(/^\d\d:\d\d:\d\d said \(port=3000\)\n$/)
  })
})
