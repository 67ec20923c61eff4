import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** npm's settings as its libraries take them: `registry`, `@scope:registry`, `//host/:_authToken`, `cache`, `proxy` … */
export type NpmSettings = Record<string, string | boolean>

/** Names that npm's libraries know otherwise than its files. */
const RENAMED: Record<string, string> = { 'https-proxy': 'httpsProxy', 'noproxy': 'noProxy', 'strict-ssl': 'strictSSL', 'fetch-timeout': 'timeout' }
const TAKEN = /^(registry|proxy|https-proxy|noproxy|strict-ssl|cache|@[\w.-]+:registry|\/\/.+)$/

/**
 * npm's settings, as npm finds them: the environment (`npm_config_registry`) before the `.npmrc` of the folder, of the user and of the
 * machine. Scripts are never among them.
 */
export function npmSettings(env: NodeJS.ProcessEnv, cwd: string): NpmSettings {
  const user = fromEnvironment(env).userconfig ?? join(env.HOME ?? homedir(), '.npmrc')
  const files = ['/etc/npmrc', ...env.PREFIX ? [join(env.PREFIX, 'etc/npmrc')] : [], ...fromEnvironment(env).globalconfig ? [fromEnvironment(env).globalconfig!] : [], user, join(cwd, '.npmrc')]
  const all = Object.assign({}, ...files.map((file) => fromFile(file, env)), fromEnvironment(env)) as Record<string, string>
  const settings: NpmSettings = {}
  for (const [name, value] of Object.entries(all)) {
    if (!TAKEN.test(name) || value === '' || value === 'null') continue
    settings[RENAMED[name] ?? name] = value === 'true' ? true : value === 'false' ? false : value
  }
  if (typeof settings.cache === 'string') settings.cache = join(settings.cache, '_cacache')
  return settings
}

function fromEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([key, value]) => {
    const name = /^npm_config_(.+)$/i.exec(key)?.[1]
    if (!name || value === undefined) return []
    // npm writes its own names with underscores; those that begin with // keep theirs.
    return [[name.startsWith('//') || name.startsWith('@') ? name : name.toLowerCase().replaceAll('_', '-'), value]]
  }))
}

function fromFile(file: string, env: NodeJS.ProcessEnv): Record<string, string> {
  if (!existsSync(file)) return {}
  const lines = readFileSync(file, 'utf8').split(/\r?\n/).map((line) => line.trim()).filter((line) => line && !/^[;#[]/.test(line))
  return Object.fromEntries(lines.flatMap((line) => {
    const [, name, value] = /^([^=]+?)\s*=\s*(.*)$/.exec(line) ?? []
    return name ? [[name, value!.replace(/^(["'])(.*)\1$/, '$2').replace(/\$\{([^}]+)\}/g, (whole, variable: string) => env[variable] ?? whole)]] : []
  }))
}
