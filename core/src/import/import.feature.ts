import { definePlugin, InputError, NotAllowedError, NotFoundError } from '@kartotek/sdk'
import type { CoreContext } from '../access/caller.ts'
import { UUID } from '../facts/uuid.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import { askCancel, createJob, failedRows, findJob, finishJob, listJobs } from './job.ts'
import type { ImportJob } from './job.ts'
import { importCaller } from './import-caller.ts'
import { parseMapping, parseTableOptions } from './mapping.ts'
import { planImport } from './plan.ts'
import { runImport } from './run.ts'
import { openTable } from './table-file.ts'
import type { TableOptions } from './table-file.ts'
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
  "Where to download the rows that were not loaded: a file that can be corrected and loaded again. Null while there are none."
  errorFile: String
  problems(first: Int = 50, after: Int = 0): [ImportProblem!]!
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
"How to read a file where it is recognised wrongly. Keys of «file» in an import description."
input UploadOptions { encoding: String separator: String sheet: String headerRow: Int }
extend type Query {
  "The newest imports: one's own, for administrators all."
  imports(first: Int = 50): [Import!]!
  import(id: ID!): Import
  uploadPreview(upload: ID!, first: Int = 10, options: UploadOptions): UploadPreview!
}
extend type Mutation {
  "Starts loading an uploaded CSV file or workbook. The mapping is described in docs/import.md."
  startImport(upload: ID!, mapping: JSON!, dryRun: Boolean = false): Import!
  "Stops an import after its present batch; what was loaded stays and can be reverted."
  cancelImport(id: ID!): Import!
}
`

/** Import of CSV files through GraphQL, run in the background and resumed after a crash. */
export function importFeature({ engine, uploads, enqueue }: ImportFeatureDeps) {
  const own = async (id: string, ctx: CoreContext): Promise<ImportJob> => {
    ctx.access.require('import.run')
    const job = UUID.test(id) ? await findJob(engine.db, id) : null
    if (!job || (job.userId !== ctx.actor.userId && !ctx.access.everything)) throw new NotFoundError(`There is no import ${id}.`)
    return job
  }
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
            const person = await importCaller(engine.db, { id: actor.userId })
            if (person?.actor.roleIds.some((role) => !actor.roleIds.includes(role))) {
              throw new NotAllowedError('An import runs with all rights of its person; this token has only some of them.')
            }
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
          async cancelImport(_: unknown, { id }: { id: string }, ctx) {
            const job = await own(id, ctx as CoreContext)
            await askCancel(engine.db, job.id)
            return findJob(engine.db, job.id)
          },
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
