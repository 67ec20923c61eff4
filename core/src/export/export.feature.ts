import { definePlugin, InputError, type Filter, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import type { RequestContext } from '../graphql/context.ts'
import type { Engine } from '../records/engine.ts'
import { listArguments } from '../records/record-arguments.ts'
import { countRecords, readPage } from '../records/rows.ts'
import { chosenColumns, exportColumns, planOfColumns } from './columns.ts'
import { exportedObject, fileNameOf, type ExportRequest } from './export.ts'
import { keepTicket, removeOldTickets } from './tickets.ts'

const typeDefs = `
enum ExportFormat { CSV XLSX }
"A column that an export of an object may have."
type ExportColumn {
  "name, custom.tier, client.taxId, total.currency, contactPoints.phone"
  key: String!
  label: String!
  "The reference or list that leads there; null for fields of the record itself."
  group: String
  type: String!
}
input ExportOrder { field: String! direction: Direction = ASC }
"A list with its filter, search and order, and the columns to take of it."
input ExportInput {
  object: String!
  columns: [String!]!
  format: ExportFormat = XLSX
  filter: JSON
  search: String
  orderBy: [ExportOrder!]
  archived: Archived = ACTIVE
  "Of CSV: , ; or a tab. Default: by the caller's language."
  separator: String
  "Of CSV: point or comma. Default: by the caller's language."
  decimal: String
}
type PreparedExport {
  id: ID!
  "Where to fetch the file: once, within 15 minutes, by who asked for it."
  url: String!
  fileName: String!
  "How many records, as far as it is known."
  records: Total!
}
extend type Query {
  "Columns that may be taken out of an object. Needs export.run."
  exportColumns(object: String!): [ExportColumn!]!
}
extend type Mutation {
  "Makes a list ready to be fetched as a file. Needs export.run; what is fetched is noted in the access log."
  prepareExport(input: ExportInput!): PreparedExport!
}
`

interface ExportInput extends Omit<ExportRequest, 'format' | 'separator' | 'decimal'> { format: 'CSV' | 'XLSX', separator?: string | null, decimal?: string | null, filter?: Filter | null }

/** Lists as files, within the rights of who takes them. */
export function exportFeature(deps: { engine(): Engine }): PluginDefinition {
  return definePlugin({
    id: 'export',
    version: '1.0.0',
    schedules: [{ id: 'remove-old-tickets', cron: '50 3 * * *', run: () => removeOldTickets(deps.engine().db) }],
    graphql: {
      typeDefs,
      resolvers: {
        Query: {
          exportColumns(_: unknown, { object }: { object: string }, ctx: RequestContext) {
            ctx.access.require('export.run')
            return exportColumns(ctx.reading, exportedObject(ctx.reading, object))
          },
        },
        Mutation: {
          async prepareExport(_: unknown, { input }: { input: ExportInput }, ctx: RequestContext) {
            ctx.access.require('export.run')
            const request = requestOf(input)
            const object = exportedObject(ctx.reading, request.object)
            const plan = planOfColumns(object, chosenColumns(ctx.reading, object, request.columns))
            // A wrong filter or order is told now, not in the middle of a download.
            const args = listArguments(object, request)
            await readPage(ctx.reading, plan, { ...args, first: 0 }, false)
            const records = await countRecords(ctx.reading, object, args)
            const id = await keepTicket(ctx.engine.db, ctx.caller, request)
            return { id, url: `/exports/${id}`, fileName: fileNameOf(ctx.reading, object, request.format), records }
          },
        },
      } as unknown as Resolvers,
    },
  })
}

function requestOf({ separator, decimal, format, ...list }: ExportInput): ExportRequest {
  if (separator != null && ![',', ';', '\t'].includes(separator)) throw new InputError('The separator is a comma, a semicolon or a tab.', [{ field: 'separator', rule: 'option', message: 'The separator is a comma, a semicolon or a tab.' }])
  if (decimal != null && !['point', 'comma'].includes(decimal)) throw new InputError('The decimal sign is point or comma.', [{ field: 'decimal', rule: 'option', message: 'The decimal sign is point or comma.' }])
  // Inputs of GraphQL have no prototypes; what is kept is plain JSON.
  const plain = JSON.parse(JSON.stringify(list)) as Omit<ExportRequest, 'format'>
  return { ...plain, format: format === 'CSV' ? 'csv' : 'xlsx', separator: separator as ExportRequest['separator'], decimal: decimal as ExportRequest['decimal'] }
}
