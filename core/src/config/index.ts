import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { StartError } from '../database/errors.ts'
import { loadSecret } from './secret.ts'
import { SETTINGS, formats, type Setting } from './settings.ts'
import { nearest } from './nearest.ts'

export { SETTINGS } from './settings.ts'
export { createLogger, type Logger } from './log.ts'
export { keepSecret } from './secret.ts'
export { VERSION } from './version.ts'

/** The settings of the process, checked and frozen. Passwords and the secret are in it: it is never logged. */
export interface Config {
  readonly port: number
  readonly host: string
  /** Address that people open, without a slash at the end; absent: made of the address that the server listens on. */
  readonly publicUrl?: string | undefined
  /** Value for express's `trust proxy`: a number of hops, or addresses. False: nobody's headers are believed. */
  readonly trustProxy: number | string | false
  /** Paths of PEM files. */
  readonly tls?: { readonly cert: string, readonly key: string } | undefined
  /** Absolute path. */
  readonly dataDir: string
  /** Outside PostgreSQL; absent = embedded. */
  readonly databaseUrl?: string | undefined
  /** Same database, as the role that owns the plugins' own tables; absent = that of `databaseUrl`. */
  readonly pluginsDatabaseUrl?: string | undefined
  /** At least 32 characters, the same on every node. */
  readonly secret: string
  /** The first administrator, made without the set-up page. */
  readonly admin?: { readonly email: string, readonly password: string } | undefined
  readonly role: 'all' | 'web' | 'worker'
  /** Package names or paths, from the working directory, of the plugins to run. */
  readonly plugins: readonly string[]
  /** Networks that webhooks may call although they are not public, separated by commas. */
  readonly webhookNetworks: string
  readonly smtpUrl?: string | undefined
  readonly logLevel: string
}

// our own schemas: they need no check against the schema of schemas, which would have to be compiled first
const ajv = new Ajv({ formats, validateSchema: false })
const validators = new Map(SETTINGS.map(setting => [setting.name, ajv.compile({ type: 'string', ...setting.schema })]))

/**
 * Reads the settings from environment variables. Makes the data directory and the secret if they are missing.
 *
 * @throws StartError with one sentence that says what to write instead
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env, cwd: string = process.cwd()): Config {
  refuseUnknown(env)
  const given = new Map(SETTINGS.map(setting => [setting.name, env[setting.name]?.trim() || setting.default]))
  for (const setting of SETTINGS) check(setting, given.get(setting.name))
  const [tlsCert, tlsKey] = together(given, 'TLS_CERT', 'TLS_KEY')
  const [email, password] = together(given, 'KARTOTEK_ADMIN_EMAIL', 'KARTOTEK_ADMIN_PASSWORD')
  const role = given.get('KARTOTEK_ROLE') as Config['role']
  const databaseUrl = given.get('DATABASE_URL')
  if (role !== 'all' && !databaseUrl) {
    throw new StartError(`KARTOTEK_ROLE is ${role}, but processes that share the work need one PostgreSQL: write DATABASE_URL too, or leave KARTOTEK_ROLE out.`)
  }
  const pluginsDatabaseUrl = given.get('KARTOTEK_PLUGINS_DATABASE_URL')
  if (pluginsDatabaseUrl && !databaseUrl) throw new StartError('KARTOTEK_PLUGINS_DATABASE_URL is given without DATABASE_URL: write DATABASE_URL too, or leave it out.')
  const proxies = given.get('TRUST_PROXY')
  const dataDir = resolve(cwd, given.get('KARTOTEK_DATA_DIR')!)
  return Object.freeze({
    port: Number(given.get('PORT')),
    host: given.get('HOST')!,
    publicUrl: given.get('PUBLIC_URL')?.replace(/\/$/, ''),
    trustProxy: !proxies || proxies === '0' ? false : /^\d$/.test(proxies) ? Number(proxies) : proxies,
    tls: tlsCert && tlsKey ? Object.freeze({ cert: resolve(cwd, tlsCert), key: resolve(cwd, tlsKey) }) : undefined,
    dataDir,
    databaseUrl,
    pluginsDatabaseUrl,
    secret: given.get('KARTOTEK_SECRET') ?? loadSecret(dataDir),
    admin: email && password ? Object.freeze({ email, password }) : undefined,
    role,
    plugins: Object.freeze((given.get('KARTOTEK_PLUGINS') ?? '').split(',').map(entry => entry.trim()).filter(Boolean)),
    webhookNetworks: given.get('KARTOTEK_WEBHOOK_NETWORKS') ?? '',
    smtpUrl: given.get('SMTP_URL'),
    logLevel: given.get('LOG_LEVEL')!,
  })
}

/** Directory of uploaded files. */
export const filesDirectory = (config: Pick<Config, 'dataDir'>): string => join(config.dataDir, 'files')

/** Directory where packages of plugins are unpacked. */
export const pluginsDirectory = (config: Pick<Config, 'dataDir'>): string => join(config.dataDir, 'plugins')

/** The address that people open when the server listens on `port`. */
export function publicUrl(config: Config, port: number): string {
  if (config.publicUrl) return config.publicUrl
  const host = ['0.0.0.0', '::'].includes(config.host) ? 'localhost' : config.host.includes(':') ? `[${config.host}]` : config.host
  return `${config.tls ? 'https' : 'http'}://${host}:${port}`
}

/** Remembers where the server of this data directory was last reached, for links that the command line makes. */
export function rememberUrl(config: Pick<Config, 'dataDir'>, url: string): void {
  writeFileSync(join(config.dataDir, 'address'), url)
}

/** The address for links made beside the server: that of its last start, unless PUBLIC_URL says another. */
export function lastUrl(config: Config): string {
  const file = join(config.dataDir, 'address')
  return config.publicUrl ?? (existsSync(file) ? readFileSync(file, 'utf8').trim() : publicUrl(config, config.port))
}

function check(setting: Setting, value: string | undefined): void {
  if (value === undefined || validators.get(setting.name)!(value)) return
  const shown = setting.secret ? 'does not fit' : `is ${JSON.stringify(value)}`
  throw new StartError(`${setting.name} ${shown}: write ${setting.write}.`)
}

function together(given: Map<string, string | undefined>, first: string, second: string): [string | undefined, string | undefined] {
  const values: [string | undefined, string | undefined] = [given.get(first), given.get(second)]
  if (values[0] && !values[1]) throw new StartError(`${first} is given without ${second}: write ${second} too.`)
  if (values[1] && !values[0]) throw new StartError(`${second} is given without ${first}: write ${first} too.`)
  return values
}

/** Names of other programs that are as near to ours as a slip would be. */
const FOREIGN = ['LOGLEVEL', 'DATABASE_SSL', 'DATABASE_UID', 'SMTP_SSL', 'SMTP_UID', 'SFTP_URL', 'SNTP_URL', 'SMS_URL', 'TTS_KEY']

/**
 * A misspelt name would be ignored in silence, and `DATABASE_URI` start an empty database. Names without our prefix are
 * refused only where they begin like a setting of two words that is not given: everybody has a `PORT` or a `HOME`.
 * `KARTOTEK_TEST_…` belongs to the tests.
 */
function refuseUnknown(env: NodeJS.ProcessEnv): void {
  const names = SETTINGS.map(setting => setting.name)
  const absent = names.filter(name => name.includes('_') && !name.startsWith('KARTOTEK_') && env[name] === undefined)
  for (const name of Object.keys(env)) {
    if (name.startsWith('KARTOTEK_TEST_') || names.includes(name) || FOREIGN.includes(name)) continue
    if (name.startsWith('KARTOTEK_')) {
      const meant = nearest(name, names)
      throw new StartError(`${name} is not a setting: ${meant ? `write ${meant}` : `leave it out (there are ${names.join(', ')})`}.`)
    }
    const meant = nearest(name, absent.filter(setting => setting[0] === name[0]), 2)
    if (meant) throw new StartError(`${name} is not a setting: write ${meant} instead, or an empty ${meant}= beside it if it belongs to another program.`)
  }
}
