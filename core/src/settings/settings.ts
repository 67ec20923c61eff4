import { InputError, type Locale } from '@kartotek/sdk'
import { sql } from 'kysely'
import type { Database } from '../database/index.ts'
import { companySchema, type CompanySettings } from './company.ts'
import { sealSecrets, openSecrets, shownSettings } from './plugin-settings.ts'
import { problemMessage } from './messages.ts'
import { compileSettings, secretPaths, type SettingsCheck } from './schema.ts'
import type { SecretBox } from './secrets.ts'

type Values = Record<string, unknown>
const checkCompany = compileSettings(companySchema)

/**
 * Settings made in the application, cached under the revision of rules: {@link refresh} rereads them when it changed, here
 * or on another node. What is handed out is checked, complete with defaults, and frozen.
 */
export class Settings {
  readonly #db: Database
  readonly #secrets: SecretBox
  readonly #listeners = new Set<(company: CompanySettings) => void>()
  readonly #schemas = new Map<string, { schema: object, check: SettingsCheck }>()
  #stored = new Map<string, Values>()
  #plugins = new Map<string, Readonly<Values>>()
  #company: CompanySettings = checkCompany<CompanySettings>({})
  #revision = ''

  constructor(db: Database, secrets: SecretBox) {
    this.#db = db
    this.#secrets = secrets
  }

  /** The company's settings, as of the last refresh. */
  get company(): CompanySettings {
    return this.#company
  }

  /** Rereads the settings if the rules changed since. */
  async refresh(): Promise<void> {
    const { rows } = await sql<{ rules: string }>`select rules from core.revision`.execute(this.#db.kysely)
    const revision = String(rows[0]?.rules)
    if (revision !== this.#revision) await this.load(revision)
  }

  /** Rereads the settings. */
  async load(revision = ''): Promise<void> {
    const { rows } = await sql<{ key: string, value: Values }>`select key, value from core.setting`.execute(this.#db.kysely)
    this.#stored = new Map(rows.map((row) => [row.key, row.value]))
    this.#plugins = new Map()
    this.#revision = revision
    const former = JSON.stringify(this.#company)
    this.#company = checkCompany<CompanySettings>(this.#stored.get('company') ?? {})
    if (JSON.stringify(this.#company) !== former) for (const listener of this.#listeners) listener(this.#company)
  }

  /** Calls `listener` when the company's settings changed. */
  onCompanyChange(listener: (company: CompanySettings) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Changes some of the company's settings. @throws InputError */
  async updateCompany(patch: Partial<CompanySettings>, by: string | null, locale: Locale = 'en'): Promise<CompanySettings> {
    await this.#write('company', by, (stored) => {
      const next = checkCompany<CompanySettings>({ ...stored, ...patch }, locale)
      if (!next.languages.includes(next.locale)) {
        const message = problemMessage('option', {}, locale)
        throw new InputError(message, [{ field: 'locale', rule: 'option', message }])
      }
      return { ...next }
    })
    return this.#company
  }

  /** Makes the schema of a plugin's settings known. @throws Error where the schema is wrong */
  define(plugin: string, schema: object): void {
    this.#schemas.set(plugin, { schema, check: compileSettings(schema) })
  }

  /** A plugin's settings with secrets in clear. @throws InputError where they do not meet the schema: it is unconfigured */
  plugin(id: string): Readonly<Values> {
    const known = this.#plugins.get(id)
    if (known) return known
    const { schema, check } = this.#schema(id)
    const values = check<Values>(openSecrets(this.#stored.get(`plugin.${id}`) ?? {}, secretPaths(schema), `plugin.${id}`, this.#secrets))
    this.#plugins.set(id, values)
    return values
  }

  /** A plugin's settings as an administrator may see them: of a secret only whether it is set. */
  shown(id: string): { schema: object, values: Values } {
    const { schema } = this.#schema(id)
    return { schema, values: shownSettings(this.#stored.get(`plugin.${id}`) ?? {}, secretPaths(schema)) }
  }

  /** Replaces some of a plugin's settings; a secret that is left out stays, null removes it. @throws InputError */
  async updatePlugin(id: string, patch: Values, by: string | null, locale: Locale = 'en'): Promise<void> {
    const { schema, check } = this.#schema(id)
    const paths = secretPaths(schema)
    await this.#write(`plugin.${id}`, by, (stored) => {
      const sealed = sealSecrets(stored, patch, paths, `plugin.${id}`, this.#secrets)
      check(openSecrets(sealed, paths, `plugin.${id}`, this.#secrets), locale)
      return sealed
    })
  }

  #schema(id: string): { schema: object, check: SettingsCheck } {
    const known = this.#schemas.get(id)
    if (known) return known
    this.define(id, { type: 'object', additionalProperties: false, properties: {} })
    return this.#schemas.get(id)!
  }

  async #write(key: string, by: string | null, change: (stored: Values) => Values): Promise<void> {
    await this.#db.kysely.transaction().execute(async (trx) => {
      // The revision's row is the lock: two who change settings at once do so in turn, each on what the other wrote.
      await sql`update core.revision set rules = rules + 1`.execute(trx)
      const { rows } = await sql<{ value: Values }>`select value from core.setting where key = ${key}`.execute(trx)
      const value = JSON.stringify(change(rows[0]?.value ?? {}))
      await sql`
        insert into core.setting (key, value, updated_by) values (${key}, ${value}::jsonb, ${by}::uuid)
        on conflict (key) do update set value = excluded.value, updated_by = excluded.updated_by, updated_at = now()`.execute(trx)
    })
    await this.refresh()
  }
}
