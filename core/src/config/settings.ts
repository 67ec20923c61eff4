import { readFileSync } from 'node:fs'
import ipaddr from 'ipaddr.js'
import type { SchemaObject } from 'ajv'

/** One setting of the process, given by an environment variable. An empty value counts as not given. */
export interface Setting {
  readonly name: string
  /** JSON Schema of the text. Formats: see {@link formats}. */
  readonly schema: SchemaObject
  /** What to write, for the sentence that refuses a bad value: «write …». */
  readonly write: string
  /** The value must not be shown. */
  readonly secret?: boolean
  readonly default?: string
  /** For `kartotek help` and the docs. */
  readonly about: string
}

export const SETTINGS: readonly Setting[] = [
  { name: 'PORT', schema: { format: 'port' }, default: '3000', write: 'a port number such as PORT=3000 (0 takes any free one)', about: 'Port of the web server.' },
  { name: 'HOST', schema: { format: 'host' }, default: '127.0.0.1', write: 'an address of this machine such as HOST=127.0.0.1, or HOST=0.0.0.0 for the whole network', about: 'Address that the web server listens on.' },
  { name: 'PUBLIC_URL', schema: { format: 'origin' }, write: 'the address that people open, without a path, such as PUBLIC_URL=https://crm.example.com', about: 'Address in links and cookies. Default: made of HOST and PORT.' },
  { name: 'TRUST_PROXY', schema: { format: 'proxies' }, write: 'the number of proxies in front (TRUST_PROXY=1) or their addresses (TRUST_PROXY=10.0.0.5,192.168.0.0/16)', about: 'Whose X-Forwarded-* headers are believed. Default: nobody\'s.' },
  { name: 'TLS_CERT', schema: { format: 'file' }, write: 'the path of a readable PEM file', about: 'Certificate chain; with TLS_KEY the server speaks https itself.' },
  { name: 'TLS_KEY', schema: { format: 'file' }, write: 'the path of a readable PEM file', about: 'Private key of TLS_CERT.' },
  { name: 'KARTOTEK_DATA_DIR', schema: { minLength: 1 }, default: './data', write: 'the path of a directory', about: 'Where data, files and the secret are kept.' },
  { name: 'DATABASE_URL', schema: { format: 'postgres' }, secret: true, write: 'postgresql://user:password@host:5432/database', about: 'PostgreSQL 15 or newer. Absent: the core runs its own.' },
  { name: 'KARTOTEK_SECRET', schema: { minLength: 32 }, secret: true, write: 'at least 32 random characters, or leave it out: it is then made and kept in the data directory', about: 'Signs sessions and encrypts secrets. Same on every node.' },
  { name: 'KARTOTEK_ADMIN_EMAIL', schema: { format: 'email' }, write: 'an e-mail address', about: 'With KARTOTEK_ADMIN_PASSWORD: makes the first administrator without the set-up page.' },
  { name: 'KARTOTEK_ADMIN_PASSWORD', schema: { minLength: 10, maxLength: 200 }, secret: true, write: 'a password of 10 to 200 characters', about: 'See KARTOTEK_ADMIN_EMAIL.' },
  { name: 'KARTOTEK_ROLE', schema: { enum: ['all', 'web', 'worker'] }, default: 'all', write: 'all, web or worker', about: 'What this process does: requests, background work, or all.' },
  { name: 'KARTOTEK_PLUGINS', schema: { format: 'plugins' }, default: '', write: 'package names or paths, separated by commas, such as KARTOTEK_PLUGINS=@example/telephony,./plugins/hello', about: 'The plugins to run. A missing one is shown as failed.' },
  { name: 'KARTOTEK_PLUGINS_DATABASE_URL', schema: { format: 'postgres' }, secret: true, write: 'the address of DATABASE_URL with another user and password: postgresql://plugins:password@host:5432/database', about: 'With DATABASE_URL: the role that owns the plugins\' own tables. Absent: that of DATABASE_URL.' },
  { name: 'KARTOTEK_WEBHOOK_NETWORKS', schema: { format: 'networks' }, default: '', write: 'addresses of your own networks, such as KARTOTEK_WEBHOOK_NETWORKS=10.20.0.0/16,192.168.1.5', about: 'Own networks that webhooks and plugins may call, also by http. Default: only the public internet, by https.' },
  { name: 'SMTP_URL', schema: { format: 'smtp' }, secret: true, write: 'smtp://user:password@host:587 or smtps://user:password@host:465', about: 'Mail server. Absent: links that would be mailed go to the administrator.' },
  { name: 'LOG_LEVEL', schema: { enum: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] }, default: 'info', write: 'fatal, error, warn, info, debug, trace or silent', about: 'How much is logged.' },
]

const PROXY_NAMES = ['loopback', 'linklocal', 'uniquelocal']

/** Formats of the settings' schemas. */
export const formats: Record<string, (text: string) => boolean> = {
  port: text => /^\d{1,5}$/.test(text) && Number(text) <= 65_535,
  host: text => ipaddr.isValid(text) || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text),
  origin: text => hasScheme(text, 'http:', 'https:') && ['', '/'].includes(new URL(text).pathname + new URL(text).search),
  postgres: text => hasScheme(text, 'postgres:', 'postgresql:') && new URL(text).pathname.length > 1,
  smtp: text => hasScheme(text, 'smtp:', 'smtps:') && new URL(text).hostname !== '',
  email: text => /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text),
  file: text => readable(text),
  networks: text => text === '' || text.split(',').map(part => part.trim()).every(part => ipaddr.isValid(part) || ipaddr.isValidCIDR(part)),
  plugins: text => text.split(',').every(part => /^(@?[\w.~/\\: -]*)$/.test(part.trim())),
  proxies: text => /^\d$/.test(text) || text.split(',').map(part => part.trim()).every(part => PROXY_NAMES.includes(part) || ipaddr.isValid(part) || ipaddr.isValidCIDR(part)),
}

function hasScheme(text: string, ...schemes: string[]): boolean {
  return URL.canParse(text) && schemes.includes(new URL(text).protocol)
}

function readable(file: string): boolean {
  try {
    return readFileSync(file).length > 0
  } catch {
    return false
  }
}
