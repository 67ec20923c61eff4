import { NotFoundError, type Locale, type NewFile, type PluginContext, type RecordData } from '@kartotek/sdk'
import type { DocumentRequest, DocumentTemplate, DocumentTemplates } from '@kartotek/sdk/contracts'

const TEMPLATE: DocumentTemplate = {
  key: 'statement', formats: ['txt', 'csv'],
  label: { en: 'Statement of points', ru: 'Выписка по баллам', uk: 'Виписка за балами', fi: 'Pistetiliote' },
}

const WORDS: Record<Locale, { title: string, left: string, file: string }> = {
  en: { title: 'Loyalty points', left: 'Left', file: 'Points' },
  ru: { title: 'Бонусные баллы', left: 'Остаток', file: 'Баллы' },
  uk: { title: 'Бонусні бали', left: 'Залишок', file: 'Бали' },
  fi: { title: 'Kanta-asiakaspisteet', left: 'Jäljellä', file: 'Pisteet' },
}

/** The statement of a client's points, as far as who asks sees them: a document on the client's card. */
export class Statement implements DocumentTemplates {
  readonly #ctx: PluginContext
  constructor(ctx: PluginContext) { this.#ctx = ctx }

  templates({ object }: { object: string }): DocumentTemplate[] {
    return object === 'client' ? [TEMPLATE] : []
  }

  async render({ record, format, locale }: DocumentRequest): Promise<NewFile> {
    const client = await this.#ctx.records.get('client', record.id, ['name'])
    if (!client) throw new NotFoundError('There is no such client.', { id: record.id })
    const { nodes } = await this.#ctx.records.list('loyaltyEntry', { filter: { client: { id: { eq: record.id } } }, fields: ['reason', 'points', 'createdAt'], orderBy: [{ field: 'createdAt' }], first: 200 })
    const name = String(client.name), words = WORDS[locale]
    return { name: `${words.file}, ${name}.${format}`.slice(-200), content: format === 'csv' ? table(nodes) : plain(name, nodes, locale) }
  }
}

const dayOf = (entry: RecordData, locale: Locale): string => new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(new Date(String(entry.createdAt)))
const sumOf = (entries: readonly RecordData[]): number => entries.reduce((sum, { points }) => sum + (points as number), 0)

function plain(name: string, entries: readonly RecordData[], locale: Locale): string {
  const { title, left } = WORDS[locale]
  const lines = entries.map((entry) => `${dayOf(entry, locale)}\t${String(entry.points)}\t${String(entry.reason)}`)
  return [`${title}: ${name}`, '', ...lines, '', `${left}: ${sumOf(entries)}`, ''].join('\n')
}

function table(entries: readonly RecordData[]): string {
  return entries.map((entry) => [String(entry.createdAt).slice(0, 10), String(entry.points), quoted(String(entry.reason))].join(',') + '\r\n').join('') || '\r\n'
}

/** What people typed is a text for a spreadsheet, too, and never a formula. */
function quoted(text: string): string {
  return `"${text.replace(/^(?=[=+\-@\t\r])/, "'").replaceAll('"', '""')}"`
}
