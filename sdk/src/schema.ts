import type { PluginContext } from './context.ts'
import type { Localized } from './locale.ts'

declare const VALUE: unique symbol
const OPTIONAL = Symbol('optional')

/** A JSON Schema that knows the type of the values that it takes: {@link Infer}. Made by {@link s}. */
export interface Schema<Value> {
  readonly [keyword: string]: unknown
  readonly [VALUE]?: Value
}
/** A property that may be left out, made by {@link s}. */
export interface OptionalSchema<Value> extends Schema<Value> { readonly [OPTIONAL]: true }

/** The type of the values that a schema made by {@link s} takes, defaults filled in. */
export type Infer<S> = S extends Schema<infer Value> ? Value : never

type Properties = Record<string, Schema<unknown>>
type OptionalKeys<P extends Properties> = { [K in keyof P]: P[K] extends OptionalSchema<unknown> ? K : never }[keyof P]
type Flat<T> = { [K in keyof T]: T[K] }
type ObjectOf<P extends Properties> = Flat<{ [K in Exclude<keyof P, OptionalKeys<P>>]: Infer<P[K]> } & { [K in OptionalKeys<P>]?: Infer<P[K]> }>

/** What every schema of {@link s} may say besides its rules: for forms and docs. */
export interface SchemaTexts {
  /** What stands above the input; a text alone is shown in every language. Default: the name of the property. */
  title?: Localized | string
  /** One or two sentences below it: unit, meaning, where it is found. Default: none. */
  description?: Localized | string
}
/**
 * Tries settings of a plugin out before they are kept, when an administrator asks for it («Test connection»). `values` are those in
 * the form, checked by the schema, and `ctx.settings` is the same: `ctx.fetch` may call the hosts that they name. A secret that he
 * left alone is the stored one. It runs with the plugin's own rights, for at most 10 s, also while the plugin waits for settings
 * (then without any right on records, and without tables); it only asks, and changes nothing. Nothing returned is «it works». What does not work is said as the text that is returned, or by a
 * {@link DomainError}, to him in his language (`ctx.actor.locale`); any other error is kept in the plugin's log and not shown, but
 * that nobody answered at the address. Secrets are blackened in all of it.
 *
 * @example
 * // The form of these settings has a button that asks the exchange.
 * import { s, type SettingsCheck } from '@kartotek/sdk'
 *
 * const asks: SettingsCheck<{ baseUrl: string, apiKey: string }> = async (values, ctx) => {
 *   const { status } = await ctx.fetch(`${values.baseUrl}/ping`, { headers: { authorization: `Bearer ${values.apiKey}` } })
 *   if (status === 401) return { en: 'The exchange does not know this key.', fi: 'Vaihde ei tunne tätä avainta.', ru: 'АТС не знает такого ключа.', uk: 'АТС не знає такого ключа.' }
 *   if (status !== 200) return { en: `The exchange answers ${status}.`, fi: `Vaihde vastaa ${status}.`, ru: `АТС отвечает ${status}.`, uk: `АТС відповідає ${status}.` }
 * }
 *
 * export const settings = s.object({ baseUrl: s.url(), apiKey: s.secret() }, { check: asks })
 */
export type SettingsCheck<Settings = Record<string, unknown>> = (values: Readonly<Settings>, ctx: PluginContext<Settings>) => Promise<Localized | undefined | void> | Localized | undefined | void

/** Rules of an object of {@link s}. */
export interface ObjectRules<Value> extends SchemaTexts {
  /** Of the settings of a plugin: tries them out. Elsewhere it is never asked. Default: they cannot be tried out. */
  check?: SettingsCheck<Value>
}
/** Rules of a text of {@link s}. */
export interface TextRules extends SchemaTexts {
  /** What is there where nobody gave anything. Default: the text must be given. */
  default?: string
  /** Least number of characters. Default 0. */
  minLength?: number
  /** Greatest number of characters. Default 10,000; of addresses 2,000, e-mail 320, secrets 4,000. */
  maxLength?: number
  /** A JavaScript regular expression that must match somewhere: put `^` and `$` around it for the whole. Default: any text. */
  pattern?: string
}
/** Rules of a number of {@link s}. */
export interface NumberRules extends SchemaTexts {
  /** What is there where nobody gave anything. Default: the number must be given. */
  default?: number
  /** Least value, itself allowed. Default: any. */
  min?: number
  /** Greatest value, itself allowed. Default: any. */
  max?: number
}

const DEFAULT_MAX_LENGTH = 10_000
const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

function make<Value>(type: string, { title, description, ...rules }: SchemaTexts & Record<string, unknown>): Schema<Value> {
  const said = { ...typeof title === 'string' ? { title } : title && { title: title.en, 'x-title': title }, ...typeof description === 'string' ? { description } : description && { description: description.en, 'x-description': description } }
  return { type, ...rules, ...said }
}

const text = ({ maxLength = DEFAULT_MAX_LENGTH, ...rules }: TextRules = {}, more: Record<string, unknown> = {}): Schema<string> => make('string', { maxLength, ...rules, ...more })
const number = (type: string, { min, max, ...rules }: NumberRules): Schema<number> => make(type, { ...min !== undefined && { minimum: min }, ...max !== undefined && { maximum: max }, ...rules })

/**
 * Builds JSON Schemas of settings, job inputs and the like. A property with a `default` may be left out by who gives the values,
 * and is always there for who reads them.
 *
 * @example
 * // Settings with a secret: the form, the check and the type of `ctx.settings` are made of this.
 * import { definePlugin, s, type Infer } from '@kartotek/sdk'
 *
 * const settings = s.object({
 *   baseUrl: s.url({ title: { en: 'Address of the exchange', fi: 'Vaihteen osoite', ru: 'Адрес АТС', uk: 'Адреса АТС' } }),
 *   apiKey: s.secret(),
 *   ringSeconds: s.integer({ default: 25, min: 5, max: 120 }),
 *   mode: s.option(['quiet', 'loud'], { default: 'quiet', labels: { quiet: { en: 'Quietly', fi: 'Hiljaa', ru: 'Тихо', uk: 'Тихо' }, loud: { en: 'Loudly', fi: 'Lujaa', ru: 'Громко', uk: 'Гучно' } } }),
 *   toUser: s.user({ default: '' }),
 *   lines: s.array(s.string({ maxLength: 20 }), { default: [] }),
 *   note: s.optional(s.string()),
 * })
 * // { baseUrl: string, apiKey: string, ringSeconds: number, mode: 'quiet' | 'loud', toUser: string, lines: string[], note?: string }
 * export type Settings = Infer<typeof settings>
 *
 * // Until the address and the key are there, the plugin is «unconfigured» and quiet.
 * export default definePlugin({ id: 'ringing', version: '1.0.0', compat: { sdk: '^0.1' }, settings, start: (ctx) => ctx.log.info({ seconds: ctx.settings.ringSeconds }, 'Rings.') })
 */
export const s = {
  /** Text of at most 10,000 characters, unless `maxLength` says otherwise. `pattern` is a JavaScript regular expression. */
  string: (rules?: TextRules) => text(rules),
  /** An address that begins with http:// or https://. */
  url: (rules?: TextRules) => text({ maxLength: 2000, ...rules }, { format: 'uri', ...rules?.pattern === undefined && { pattern: '^https?://' } }),
  /** An e-mail address of at most 320 characters. */
  email: (rules?: TextRules) => text({ maxLength: 320, ...rules }, { format: 'email' }),
  /** The id of a record. */
  id: (rules?: SchemaTexts) => text({ maxLength: 36, ...rules }, { format: 'uuid' }),
  /** A user of Kartotek, by id; chosen by name in the form. With `default: ''` there may be none. */
  user: (rules?: SchemaTexts & { default?: '' }) => text({ maxLength: 36, ...rules, pattern: rules?.default === '' ? `^(${UUID})?$` : `^${UUID}$` }, { 'x-reference': 'user' }),
  /** A password or key: encrypted in the database, never given back by the API, blackened in the log. */
  secret: (rules?: Omit<TextRules, 'default'>) => text({ maxLength: 4000, ...rules }, { format: 'secret' }),
  /** A whole number. */
  integer: (rules: NumberRules = {}) => number('integer', rules),
  /** A number, fractions too; of money rather a text, which loses nothing. */
  number: (rules: NumberRules = {}) => number('number', rules),
  /** Yes or no. */
  boolean: (rules: SchemaTexts & { default?: boolean } = {}): Schema<boolean> => make('boolean', { ...rules }),
  /** One of the texts given. `labels` are what stands for them in the form; by themselves they stand as they are. */
  option: <const Option extends string>(options: readonly Option[], { labels, ...rules }: SchemaTexts & { default?: NoInfer<Option>, labels?: { readonly [Key in NoInfer<Option>]?: Localized } } = {}): Schema<Option> =>
    make('string', { enum: [...options], ...labels && { 'x-labels': labels }, ...rules }),
  /** A list of at most 1,000 items, unless `max` says otherwise. */
  array: <Item>(items: Schema<Item>, { min, max = 1000, ...rules }: SchemaTexts & { min?: number, max?: number, default?: Item[] } = {}): Schema<Item[]> =>
    make('array', { items, ...min !== undefined && { minItems: min }, maxItems: max, ...rules }),
  /** Properties with these names and no others. Those without a default are required, unless they are `s.optional`; where none is, the whole may be left out. */
  object: <P extends Properties>(properties: P, { check, ...rules }: ObjectRules<ObjectOf<P>> = {}): Schema<ObjectOf<P>> => {
    const required = Object.entries(properties).filter(([, part]) => !(OPTIONAL in part) && part.default === undefined).map(([name]) => name)
    const schema = make<ObjectOf<P>>('object', { properties, ...required.length ? { required } : { default: {} }, additionalProperties: false, ...rules })
    // No keyword of JSON Schema: copies and manifests are without it.
    return check ? Object.defineProperty(schema, 'check', { value: check, enumerable: false }) : schema
  },
  /** The property may be left out; it has no default. */
  optional: <Value>(schema: Schema<Value>): OptionalSchema<Value> => Object.defineProperty({ ...schema }, OPTIONAL, { value: true, enumerable: false }) as unknown as OptionalSchema<Value>,
  /** Anything that JSON can say. */
  any: (rules: SchemaTexts = {}): Schema<unknown> => {
    const { type: _any, ...rest } = make<unknown>('', { ...rules })
    return rest as Schema<unknown>
  },
} as const
