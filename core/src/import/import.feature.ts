import { definePlugin, InputError, NotFoundError } from '@kartotek/sdk'
import type { CoreContext } from '../access/caller.ts'
import type { RequestContext } from '../graphql/context.ts'
import { listKept } from '../changes/kept.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import { countAlike, listAlike } from './alike.ts'
import { objectNamed, type Importing } from './compiler.ts'
import { errorColumnCount } from './error-file.ts'
import { askCancel, createJob, failedRows, findJob, finishJob, jobOf, listJobs } from './job.ts'
import type { ImportJob } from './job.ts'
import { requireAllOfPerson } from '../access/narrowing.ts'
import { importCaller } from './import-caller.ts'
import { parseMapping, parseTableOptions } from './mapping.ts'
import { planImport } from './plan.ts'
import { runImport } from './run.ts'
import { openTable } from './table-file.ts'
import type { TableOptions } from './table-file.ts'
import { suggest } from './suggest.ts'
import { importTargets } from './targets.ts'
import { deleteTemplate, fitting, saveTemplate, usableTemplates, type ImportTemplate } from './templates.ts'
import type { Uploads } from './uploads.ts'

export interface ImportFeatureDeps {
  engine: Engine
  uploads: Uploads
  /** Enqueues the job `run` of this feature, once per key. */
  enqueue(input: { id: string }, options: { key: string }): Promise<void>
}

const typeDefs = `
enum TableFormat { CSV XLSX }
enum ImportState { WAITING RUNNING DONE FAILED CANCELLED }
"One file on its way into records. All that it changes is one change set, which can be reverted."
type Import {
  id: ID!
  name: String!
  fileName: String!
  object: String!
  state: ImportState!
  "Everything is checked and nothing is kept."
  dryRun: Boolean!
  "Rows read so far: created + updated + skipped + failed."
  read: Int!
  created: Int!
  updated: Int!
  skipped: Int!
  failed: Int!
  "Part of the file that was read, 0 to 1; null where its size is not known."
  progress: Float
  "Why the import as a whole failed."
  error: String
  changeSet: ID
  "What it changed was taken back: its change set was reverted."
  undone: Boolean!
  "Records of it that then stayed, wholly or in part: they were changed since, are gone or may not be changed."
  keptRecords: Int!
  "The first of them, at most 200, and why."
  kept(first: Int = 50): [KeptRecord!]!
  "How the undoing stands; null where it was never begun."
  revert: Revert
  "Where to download the rows that were not loaded: a file that can be corrected and loaded again. Null while there are none."
  errorFile: String
  problems(first: Int = 50, after: Int = 0): [ImportProblem!]!
  "Rows whose new records resemble records that were there before, as far as the caller sees those."
  alikeRows: Int!
  alike(first: Int = 50, after: Int = 0): [ImportAlike!]!
  createdAt: DateTime!
  startedAt: DateTime
  finishedAt: DateTime
}
"A row that was not loaded."
type ImportProblem {
  "Line of the file in which the row begins."
  row: Int!
  raw: String!
  reasons: [ImportReason!]!
}
type ImportReason {
  "The column to blame; null where it is the whole row."
  column: String
  rule: String!
  message: String!
}
"What the new record of a row resembles."
type ImportAlike {
  row: Int!
  object: String!
  "Null in a trial."
  record: RecordLink
  others: [RecordLink!]!
  reasons: [DuplicateKind!]!
}
"What a file looks like, before anything is loaded."
type UploadPreview {
  format: TableFormat!
  header: [String!]!
  separator: String!
  encoding: String!
  "Sheets of a workbook, and the one that is shown."
  sheets: [String!]!
  sheet: String
  rows: [[String!]!]!
}
"What a column of a file may become."
type ImportTarget {
  "name, custom.tier, contactPoints.phone"
  key: String!
  label: String!
  "The list inside the record that it is an entry of."
  group: String
  type: String!
  "No record is made without it."
  required: Boolean!
  "Fields by which a record behind a reference may be found, «key» for its key in the other system."
  by: [String!]!
  "Of a list: the field of an entry that takes the value, and its kind."
  item: String
  kind: String
  "Several columns may become entries of it."
  many: Boolean!
}
enum SuggestionReason { HEADER CONTENT }
type ColumnSuggestion {
  column: String!
  "Some of its values."
  samples: [String!]!
  "Key of an import target; null where nothing fits."
  target: String
  reason: SuggestionReason
  "Form of its dates, where they are not read by themselves; ? where nobody can tell day and month apart. Null where they are no dates."
  date: String
  by: String
}
type ImportSuggestion {
  columns: [ColumnSuggestion!]!
  "The column that seems to name records in the other program."
  key: String
  "comma or point where the numbers need it, ? where they do and nobody can tell."
  decimal: String
  "Templates that fit the columns of the file, the best first."
  templates: [ImportTemplate!]!
}
"An import description kept under a name; all who may import and see its fields share it."
type ImportTemplate {
  id: ID!
  name: String!
  object: String!
  mapping: JSON!
  "It may be replaced and deleted by the caller."
  own: Boolean!
  updatedAt: DateTime!
}
"How to read a file where it is recognised wrongly. Keys of «file» in an import description."
input UploadOptions { encoding: String separator: String sheet: String headerRow: Int }
extend type Query {
  "The newest imports: one's own, for administrators all."
  imports(first: Int = 50): [Import!]!
  import(id: ID!): Import
  uploadPreview(upload: ID!, first: Int = 10, options: UploadOptions): UploadPreview!
  importTargets(object: String!): [ImportTarget!]!
  "What the columns of a file seem to be, by their names and by their values."
  suggestImport(upload: ID!, object: String!, options: UploadOptions): ImportSuggestion!
  importTemplates(object: String): [ImportTemplate!]!
}
extend type Mutation {
  "Starts loading an uploaded CSV file or workbook. The mapping is described in docs/import.md."
  startImport(upload: ID!, mapping: JSON!, dryRun: Boolean = false): Import!
  "Stops an import after its present batch; what was loaded stays and can be reverted."
  cancelImport(id: ID!): Import!
  "Keeps an import description under a name; one's own of that name is replaced."
  saveImportTemplate(name: String!, mapping: JSON!): ImportTemplate!
  deleteImportTemplate(id: ID!): Boolean!
}
`

/** Import of CSV files through GraphQL, run in the background and resumed after a crash. */
export function importFeature({ engine, uploads, enqueue }: ImportFeatureDeps) {
  const own = (id: string, { access }: CoreContext): Promise<ImportJob> => jobOf(engine.db, id, access)
  return definePlugin({
    id: 'import',
    version: '1.0.0',
    graphql: {
      typeDefs,
      resolvers: {
        Query: {
          imports(_: unknown, { first }: { first: number }, ctx) {
            const { access, actor } = ctx as CoreContext
            access.require('import.run')
            return listJobs(engine.db, access.everything ? null : actor.userId, Math.min(Math.max(first, 1), 200))
          },
          import: (_: unknown, { id }: { id: string }, ctx) => own(id, ctx as CoreContext).catch((error: Error) => {
            if (error instanceof NotFoundError) return null
            throw error
          }),
          importTargets(_: unknown, { object }: { object: string }, ctx) {
            const importing = importingOf(ctx as RequestContext)
            return importTargets(importing, objectNamed(importing, object), ctx.actor.locale)
          },
          async suggestImport(_: unknown, { upload, object, options }: { upload: string, object: string, options?: TableOptions | null }, ctx) {
            const importing = importingOf(ctx as RequestContext)
            await uploads.find(upload, ctx.actor.userId)
            const { header, rows } = await preview(uploads, upload, SAMPLED, parseTableOptions(options))
            const extra = errorColumnCount(header)
            const suggestion = suggest(importing, objectNamed(importing, object), header.slice(extra), rows.map((row) => row.slice(extra)), ctx.actor.locale)
            const templates = fitting(await usableTemplates(engine.db, importing, object), header)
            return { ...suggestion, columns: suggestion.columns.map((column) => ({ ...column, reason: column.reason?.toUpperCase() ?? null })), templates }
          },
          importTemplates(_: unknown, { object }: { object?: string | null }, ctx) {
            return usableTemplates(engine.db, importingOf(ctx as RequestContext), object)
          },
          async uploadPreview(_: unknown, { upload, first, options }: { upload: string, first: number, options?: TableOptions | null }, ctx) {
            (ctx as CoreContext).access.require('import.run')
            await uploads.find(upload, ctx.actor.userId)
            return preview(uploads, upload, Math.min(Math.max(first, 1), 100), parseTableOptions(options))
          },
        },
        Mutation: {
          async startImport(_: unknown, { upload, mapping: json, dryRun }: { upload: string, mapping: unknown, dryRun: boolean }, ctx) {
            const { access, actor } = ctx as CoreContext
            access.require('import.run')
            if (!actor.userId) throw new InputError('An import needs a person who starts it.')
            requireAllOfPerson(actor)
            const mapping = parseMapping(json)
            if (mapping.history) access.require('gates.pass')
            const file = await uploads.find(upload, actor.userId)
            const { header } = await preview(uploads, upload, 1, mapping.file)
            const generation = engine.live.current
            planImport({ generation, access: accessOf(engine, generation, actor) }, mapping, header.filter((name) => name !== 'error_row' && name !== 'error'))
            const job = await createJob(engine.db, { mapping, fileName: file.name, uploadId: file.id, bytes: file.bytes, dryRun, userId: actor.userId })
            await enqueue({ id: job.id }, { key: job.id })
            return job
          },
          saveImportTemplate(_: unknown, { name, mapping: json }: { name: string, mapping: unknown }, ctx) {
            const importing = importingOf(ctx as RequestContext)
            const text = name.trim()
            if (!text || text.length > 100) throw new InputError('Give the template a name of at most 100 characters.', [{ field: 'name', rule: 'required', message: 'Give the template a name of at most 100 characters.' }])
            return saveTemplate(engine.db, importing, text, parseMapping(json))
          },
          async deleteImportTemplate(_: unknown, { id }: { id: string }, ctx) {
            await deleteTemplate(engine.db, importingOf(ctx as RequestContext), id)
            return true
          },
          async cancelImport(_: unknown, { id }: { id: string }, ctx) {
            const job = await own(id, ctx as CoreContext)
            await askCancel(engine.db, job.id)
            return findJob(engine.db, job.id)
          },
        },
        ImportTemplate: {
          own: (template: ImportTemplate, _: unknown, ctx) => template.userId === ctx.actor.userId || (ctx as CoreContext).access.everything,
        },
        Import: {
          object: (job: ImportJob) => job.mapping.object,
          state: (job: ImportJob) => job.state.toUpperCase(),
          read: (job: ImportJob) => job.position,
          progress: (job: ImportJob) => (job.state === 'done' ? 1 : job.bytes ? Math.min(1, job.bytesRead / job.bytes) : null),
          changeSet: (job: ImportJob) => (job.dryRun || job.created + job.updated === 0 ? null : job.changeSetId),
          errorFile: (job: ImportJob) => (job.failed > 0 ? `/uploads/import-errors/${job.id}.csv` : null),
          async problems(job: ImportJob, { first, after }: { first: number, after: number }) {
            const rows = await failedRows(engine.db, job.id, after, Math.min(Math.max(first, 1), 500))
            return rows.map((row) => ({ row: row.rowNumber, raw: row.raw, reasons: row.problems }))
          },
          keptRecords: (job: ImportJob) => job.revert?.kept ?? 0,
          kept: (job: ImportJob, { first }: { first: number }, ctx) => (job.revert?.kept ? listKept((ctx as RequestContext).reading, job.changeSetId, Math.min(Math.max(first, 1), 200)) : []),
          alikeRows: (job: ImportJob, _: unknown, ctx) => countAlike((ctx as RequestContext).reading, job.id),
          alike: (job: ImportJob, { first, after }: { first: number, after: number }, ctx) => listAlike((ctx as RequestContext).reading, job.id, after, Math.min(Math.max(first, 1), 500)),
        },
      },
    },
    jobs: {
      run: {
        input: { type: 'object', required: ['id'], properties: { id: { type: 'string' } }, additionalProperties: false },
        attempts: 5,
        timeoutSeconds: 6 * 3600,
        async run(input, ctx) {
          const job = await findJob(engine.db, String(input.id))
          if (!job || (job.state !== 'waiting' && job.state !== 'running')) return
          const caller = job.userId ? await importCaller(engine.db, { id: job.userId }) : null
          if (!caller) return finishJob(engine.db, job.id, 'failed', 'The person who started the import may no longer act.')
          await runImport({ engine, caller, job, path: uploads.pathOf(job.uploadId!), open: () => uploads.open(job.uploadId!), signal: ctx.signal })
        },
      },
    },
    schedules: [{ id: 'remove-old-uploads', cron: '40 3 * * *', run: async () => { await uploads.removeOld() } }],
  })
}

/** Rows by which the columns of a file are judged. */
const SAMPLED = 200

/** @throws NotAllowedError without the right to import */
function importingOf({ reading: { generation, access } }: RequestContext): Importing {
  access.require('import.run')
  return { generation, access }
}

async function preview(uploads: Uploads, upload: string, first: number, options?: TableOptions) {
  const file = await openTable({ path: uploads.pathOf(upload), open: () => uploads.open(upload) }, options)
  try {
    const rows: string[][] = []
    for await (const batch of file.rows()) {
      rows.push(...batch.slice(0, first - rows.length).map((row) => row.cells))
      if (rows.length >= first) break
    }
    return { format: file.format.toUpperCase(), header: file.header, separator: file.separator, encoding: file.encoding(), sheets: file.sheets, sheet: file.sheet, rows }
  } finally {
    file.close()
  }
}
