import { addAbortSignal } from 'node:stream'
import { InputError, LOCALES, textIn, type Actor, type Locale, type Localized } from '@kartotek/sdk'
import type { DocumentTemplates } from '@kartotek/sdk/contracts'
import type { Caller } from '../access/caller.ts'
import { requireVisible } from '../changes/changes.ts'
import type { Files, Stored } from '../files/files.ts'
import { answerOf, fileOf, LOCALIZED } from '../plugins/answers.ts'
import { askKeeper, askKeepers, nameOf, type Keeper, type PluginProblem } from '../plugins/keepers.ts'
import { readingOf, type Engine } from '../records/engine.ts'

/** How long plugins may take to say what they can make, and to make it. */
export const OFFER_MS = 5_000, RENDER_MS = 30_000

export interface DocumentsDeps {
  engine(): Engine
  files(): Files
  keepers(): Keeper<DocumentTemplates>[]
  /** Default: those above. */
  offerMs?: number
  renderMs?: number
}

/** A document that can be made of a record, as the app shows it. */
export interface Offered { plugin: string, pluginLabel: string, key: string, label: string, formats: readonly string[], languages: readonly Locale[] }

/** Which document to make; what is not said is the usual one. */
export interface Order { object: string, id: string, plugin: string, template: string, format?: string | null, language?: string | null }

interface Template { key: string, label: Localized, formats: string[], languages?: Locale[] }

const templatesOf = answerOf<Template[]>('list of templates', {
  type: 'array', maxItems: 200,
  items: {
    type: 'object', required: ['key', 'label', 'formats'],
    properties: {
      key: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,100}$' }, label: LOCALIZED,
      formats: { type: 'array', minItems: 1, maxItems: 10, uniqueItems: true, items: { type: 'string', pattern: '^[a-z0-9]{1,10}$' } },
      languages: { type: 'array', minItems: 1, uniqueItems: true, items: { enum: LOCALES } },
    },
  },
})

/** What plugins can make of a record, those of one plugin in their order. Who cannot be asked is named in `problems`. @throws NotFoundError */
export async function offeredDocuments(deps: DocumentsDeps, { actor }: Pick<Caller, 'actor'>, object: string, id: string): Promise<{ templates: Offered[], problems: PluginProblem[] }> {
  const reading = readingOf(deps.engine(), { actor })
  await requireVisible(reading, object, id)
  const file = reading.generation.model.objects.get('file')
  // What is made becomes a file.
  if (!file || reading.access.scope(file, 'create') === 'none') return { templates: [], problems: [] }
  const { answers, problems } = await askKeepers(deps.keepers(), { actor, site: 'document templates', ms: deps.offerMs ?? OFFER_MS }, async (service, keeper) =>
    templatesOf(await service.templates({ object, id })).map((template) => shown(keeper, template, actor)))
  return { templates: answers.flat(), problems }
}

function shown(keeper: Keeper<DocumentTemplates>, { key, label, formats, languages = [...LOCALES] }: Template, actor: Actor): Offered {
  return { plugin: keeper.plugin, pluginLabel: nameOf(keeper, actor), key, label: textIn(label, actor.locale).slice(0, 100), formats, languages }
}

/**
 * Has a document made and keeps it at the record: the next version of the same document, or a new file.
 * @throws NotFoundError, NotAllowedError, InputError for what is not offered, LimitError; what the plugin throws, named by it
 */
export async function makeDocument(deps: DocumentsDeps, caller: Caller, { object, id, plugin, template, format, language }: Order): Promise<Stored> {
  const { actor } = caller
  await requireVisible(readingOf(deps.engine(), caller), object, id)
  for (const keeper of deps.keepers().filter((one) => one.plugin === plugin)) {
    const offered = await askKeeper(keeper, { actor, site: 'document templates', ms: deps.offerMs ?? OFFER_MS }, async (service) => templatesOf(await service.templates({ object, id })))
    const chosen = offered.find(({ key }) => key === template)
    if (chosen) return make(deps, keeper, caller, { object, id }, { template, ...chosenKind(chosen, actor, format, language) })
  }
  throw refused('template', 'This document cannot be made of this record.')
}

/** Without a format the usual one, without a language the caller's, where the document is written in it. */
function chosenKind({ formats, languages = [...LOCALES] }: Template, actor: Actor, wanted: string | null | undefined, language: string | null | undefined): { format: string, locale: Locale } {
  const format = wanted ?? formats[0]!
  if (!formats.includes(format)) throw refused('format', 'The document is not made as such a file.')
  const locale = language ? languages.find((one) => one === language) : languages.find((one) => one === actor.locale) ?? languages[0]
  if (!locale) throw refused('language', 'The document is not written in this language.')
  return { format, locale }
}

const refused = (field: string, message: string): InputError => new InputError(message, [{ field, rule: 'option', message }])

async function make(deps: DocumentsDeps, keeper: Keeper<DocumentTemplates>, caller: Caller, record: { object: string, id: string }, kind: { template: string, format: string, locale: Locale }): Promise<Stored> {
  const files = deps.files(), made = [keeper.plugin, kind.template, kind.format, kind.locale].join('/')
  const upload = await askKeeper(keeper, { actor: caller.actor, site: `document ${kind.template}`, ms: deps.renderMs ?? RENDER_MS }, async (service, signal) => {
    const { name, content } = fileOf(await service.render({ ...kind, record }))
    signal.throwIfAborted()
    return files.take(caller, name, addAbortSignal(signal, content))
  })
  return files.settle(upload, () => files.keepMade(caller, record, upload, made))
}
