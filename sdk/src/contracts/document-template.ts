import { contract } from '../contract.ts'
import type { NewFile } from '../documents.ts'
import type { RecordRef } from '../external-refs.ts'
import type { Locale, Localized } from '../locale.ts'

/** One document that can be made by {@link DocumentTemplates}: an offer, an invoice, an act. */
export interface DocumentTemplate {
  /** Unique within the plugin and always the same for the same document: 1–100 of `a-z`, `A-Z`, `0-9`, `-`, `_`. An id will do. */
  readonly key: string
  /** What people choose by: `{ en: 'Invoice', ru: 'Счёт' }`. Each at most 100 characters. */
  readonly label: Localized
  /** Kinds of files that it can be made as, the usual one first: `['pdf', 'docx']`. Endings of 1–10 of `a-z`, `0-9`; 1–10 of them. */
  readonly formats: readonly string[]
  /** Languages that it is written in. Default: all four. */
  readonly languages?: readonly Locale[]
}

/** Which document {@link DocumentTemplates} are to make, of what. */
export interface DocumentRequest {
  /** Key of a template that was offered for this record. */
  readonly template: string
  /** The record that the document is about; who asks sees it. */
  readonly record: RecordRef
  /** One of the template's. */
  readonly format: string
  /** One of the template's: that of the reader, which need not be that of who asks. */
  readonly locale: Locale
}

/**
 * Who makes documents of records. Made for who asks: `ctx.records` reads with his rights, so that no document tells
 * what he may not see. The core keeps what is made as a file of the record; the same document made again is a new version of it.
 *
 * @example
 * // An invoice is offered only for orders that have a client, in two languages.
 * import { InputError, NotFoundError, type PluginContext } from '@kartotek/sdk'
 * import type { DocumentRequest, DocumentTemplate, DocumentTemplates } from '@kartotek/sdk/contracts'
 *
 * const INVOICE: DocumentTemplate = { key: 'invoice', label: { en: 'Invoice', fi: 'Lasku' }, formats: ['html'], languages: ['en', 'fi'] }
 *
 * export class Invoices implements DocumentTemplates {
 *   readonly ctx: PluginContext
 *   constructor(ctx: PluginContext) { this.ctx = ctx }
 *
 *   async templates({ object, id }: { object: string, id?: string }): Promise<DocumentTemplate[]> {
 *     if (object !== 'order') return []
 *     return id === undefined || (await this.ctx.records.get('order', id, ['client']))?.client ? [INVOICE] : []
 *   }
 *
 *   async render({ record, locale }: DocumentRequest) {
 *     const order = await this.ctx.records.get('order', record.id, ['number', 'total', 'client.name'])
 *     if (!order) throw new NotFoundError('There is no such order.')
 *     if (!order.total) throw new InputError('The order has no lines yet.')
 *     const heading = locale === 'fi' ? 'Lasku' : 'Invoice'
 *     return { name: `${heading} ${String(order.number)}.html`, content: `<h1>${heading} ${String(order.number)}</h1>` }
 *   }
 * }
 */
export interface DocumentTemplates {
  /**
   * What can be made of records of an object, in the order in which it is shown; at most 200.
   * @param about with `id`, of this record, which who asks sees: what does not fit it is left out. Must answer within 5 s
   */
  templates(about: { object: string, id?: string }): Promise<readonly DocumentTemplate[]> | readonly DocumentTemplate[]
  /**
   * Makes a document. Must end within 30 s, a stream of contents included; `ctx.signal` fires then. As large as files may be
   * (settings of the company, 100 MB at first).
   * @throws InputError, ConflictError where the record lacks something: the message is shown with the name of the plugin;
   * UnavailableError where what is needed does not answer
   */
  render(request: DocumentRequest): Promise<NewFile>
}

/**
 * Documents of records: offers, invoices, contracts, by templates of a plugin. People make them on the card.
 *
 * @example
 * import { definePlugin } from '@kartotek/sdk'
 * import { documentTemplate } from '@kartotek/sdk/contracts'
 *
 * export default definePlugin({
 *   id: 'greetings', version: '1.0.0', compat: { sdk: '^0.1' },
 *   provides: [documentTemplate.by((ctx) => ({
 *     templates: ({ object }) => (object === 'client' ? [{ key: 'greeting', label: { en: 'Greeting', ru: 'Поздравление' }, formats: ['txt'] }] : []),
 *     async render({ record, locale }) {
 *       const client = await ctx.records.get('client', record.id, ['name'])
 *       return { name: 'greeting.txt', content: `${locale === 'ru' ? 'Здравствуйте' : 'Dear'}, ${String(client?.name)}!` }
 *     },
 *   }))],
 * })
 */
export const documentTemplate = contract<DocumentTemplates>('document-template')
