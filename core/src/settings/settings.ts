import { isDeepStrictEqual } from 'node:util'
import { ConflictError, InputError, type Locale } from '@kartotek/sdk'
import { sql } from 'kysely'
import { SYSTEM_CALLER, type Caller } from '../access/caller.ts'
import { keepConfiguration, type ConfigurationChange } from '../changes/configuration.ts'
import type { Database } from '../database/index.ts'
import { companySchema, type CompanySettings } from './company.ts'
import { openSecrets, sealSecrets, secretsAmong, shownSettings } from './plugin-settings.ts'
import { problemMessage } from './messages.ts'
import { compileSettings, secretPaths, type SettingsCheck } from './schema.ts'
import type { SecretBox } from './secrets.ts'

type Values = Record<string, unknown>
/** What is stored, and what is kept of the change. */
interface Written { value: Values, change: ConfigurationChange }
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
  readonly #ofCore = new Set<string>()
  #stored = new Map<string, Values>()
  #plugins = new Map<string, Readonly<Values>>()
  #company: CompanySettings = checkCompany<CompanySettings>({})
  #revision = -1

  constructor(db: Database, secrets: SecretBox) {
    this.#db = db
    this.#secrets = secrets
  }

  /** The company's settings, as of the last refresh. */
  get company(): CompanySettings {
    return this.#company
  }

  /**
   * Rereads the settings if the rules changed since.
   * @param db a transaction, to see the settings of its snapshot
   * @returns the company's settings as `db` sees them
   */
  async refresh(db: Database['kysely'] = this.#db.kysely): Promise<CompanySettings> {
    const { rows: [current] } = await sql<{ rules: string }>`select rules from core.revision`.execute(db)
    const revision = Number(current?.rules)
    if (revision === this.#revision) return this.#company
    const { rows } = await sql<{ key: string, value: Values }>`select key, value from core.setting`.execute(db)
    const stored = new Map(rows.map((row) => [row.key, row.value]))
    const company = checkCompany<CompanySettings>(stored.get('company') ?? {})
    // A snapshot may be older than what was read meanwhile.
    if (revision > this.#revision) this.#take(revision, stored, company)
    return company
  }

  #take(revision: number, stored: Map<string, Values>, company: CompanySettings): void {
    const former = JSON.stringify(this.#company)
    this.#revision = revision
    this.#stored = stored
    this.#plugins = new Map()
    this.#company = company
    if (JSON.stringify(company) !== former) for (const listener of this.#listeners) listener(company)
  }

  /** Calls `listener` when the company's settings changed. */
  onCompanyChange(listener: (company: CompanySettings) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Changes some of the company's settings. Null as `by` is the system. @throws InputError */
  async updateCompany(patch: Partial<CompanySettings>, by: Caller | null, locale: Locale = by?.actor.locale ?? 'en'): Promise<CompanySettings> {
    await this.#write('company', by, (stored) => companyChange(stored, patch, locale))
    return this.#company
  }

  /**
   * Takes back what a change of the company's settings changed, where nobody changed it since.
   * @returns the change set
   * @throws ConflictError
   */
  async revertCompany(changeSet: string, before: Values, after: Values, by: Caller): Promise<string | null> {
    const keys = Object.keys(before).filter((key) => !isDeepStrictEqual(before[key], after[key]))
    return this.#write('company', by, (stored) => {
      const current = checkCompany<CompanySettings>(stored) as unknown as Values
      if (keys.some((key) => !isDeepStrictEqual(current[key], after[key]))) throw new ConflictError('Somebody changed this since, so it stays as it is.', { fields: keys })
      return companyChange(stored, Object.fromEntries(keys.map((key) => [key, before[key]])), by.actor.locale)
    }, changeSet)
  }

  /** Makes the schema of a plugin's settings known, or of a part of the core. */
  define(plugin: string, schema: object, { ofCore = false } = {}): void {
    this.#schemas.set(plugin, { schema, check: compileSettings(schema) })
    if (ofCore) this.#ofCore.add(plugin)
  }

  /** Whether they are those of a part of the core. */
  areOfCore(id: string): boolean {
    return this.#ofCore.has(id)
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

  /** The secrets among a plugin's settings, in clear, also while it is unconfigured: to be blackened where it speaks. */
  secretsOf(id: string): string[] {
    const paths = secretPaths(this.#schemas.get(id)?.schema ?? {})
    if (!paths.length) return []
    return secretsAmong(this.#plugins.get(id) ?? openSecrets(this.#stored.get(`plugin.${id}`) ?? {}, paths, `plugin.${id}`, this.#secrets), paths)
  }

  /** A plugin's settings as an administrator may see them: of a secret only whether it is set. */
  shown(id: string): { schema: object, values: Values } {
    const { schema } = this.#schema(id)
    return { schema, values: shownSettings(this.#stored.get(`plugin.${id}`) ?? {}, secretPaths(schema)) }
  }

  /**
   * The settings that a plugin would have with `patch` over what is stored, as {@link updatePlugin} would keep them. Nothing is kept.
   * @returns them with secrets in clear, these once more by themselves, and what may be shown
   * @throws InputError
   */
  async tried(id: string, patch: Values, locale: Locale): Promise<{ values: Readonly<Values>, secrets: string[], shown: Values }> {
    await this.refresh()
    const { schema, check } = this.#schema(id)
    const paths = secretPaths(schema), key = `plugin.${id}`
    const sealed = sealSecrets(this.#stored.get(key) ?? {}, patch, paths, key, this.#secrets)
    const values = check<Values>(openSecrets(sealed, paths, key, this.#secrets), locale)
    return { values, secrets: secretsAmong(values, paths), shown: shownSettings(sealed, paths) }
  }

  /** Replaces some of a plugin's settings; a secret that is left out stays, null removes it. @throws InputError */
  async updatePlugin(id: string, patch: Values, by: Caller | null, locale: Locale = by?.actor.locale ?? 'en'): Promise<void> {
    const { schema, check } = this.#schema(id)
    const paths = secretPaths(schema)
    await this.#write(`plugin.${id}`, by, (stored) => {
      const value = sealSecrets(stored, patch, paths, `plugin.${id}`, this.#secrets)
      check(openSecrets(value, paths, `plugin.${id}`, this.#secrets), locale)
      return { value, change: { subject: 'plugin', id, name: { en: id }, before: shownSettings(stored, paths), after: shownSettings(value, paths, stored) } }
    })
  }

  #schema(id: string): { schema: object, check: SettingsCheck } {
    const known = this.#schemas.get(id)
    if (known) return known
    this.define(id, { type: 'object', additionalProperties: false, properties: {} })
    return this.#schemas.get(id)!
  }

  async #write(key: string, by: Caller | null, work: (stored: Values) => Written, reverts?: string): Promise<string | null> {
    const set = await this.#db.kysely.transaction().execute(async (trx) => {
      // The revision's row is the lock: two who change settings at once do so in turn, each on what the other wrote.
      await sql`update core.revision set rules = rules + 1`.execute(trx)
      const { rows } = await sql<{ value: Values }>`select value from core.setting where key = ${key}`.execute(trx)
      const { value, change } = work(rows[0]?.value ?? {})
      await sql`
        insert into core.setting (key, value, updated_by) values (${key}, ${JSON.stringify(value)}::jsonb, ${by?.actor.userId ?? null}::uuid)
        on conflict (key) do update set value = excluded.value, updated_by = excluded.updated_by, updated_at = now()`.execute(trx)
      return keepConfiguration(trx, by ?? SYSTEM_CALLER, change, reverts)
    })
    await this.refresh()
    return set
  }
}

function companyChange(stored: Values, patch: Values, locale: Locale): Written {
  const value = checkCompany<CompanySettings>({ ...stored, ...patch }, locale)
  if (!value.languages.includes(value.locale)) {
    const message = problemMessage('option', {}, locale)
    throw new InputError(message, [{ field: 'locale', rule: 'option', message }])
  }
  return { value: { ...value }, change: { subject: 'company', id: 'company', before: checkCompany<CompanySettings>(stored), after: value } }
}
