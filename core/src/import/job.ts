import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { NotFoundError } from '@kartotek/sdk'
import type { Access } from '../access/access.ts'
import { REVERT_STANDING, type RevertStanding } from '../changes/revert-standing.ts'
import { UUID } from '../facts/uuid.ts'
import type { Mapping } from './mapping.ts'
import type { RowProblem } from './messages.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

export type ImportState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'

/** One import of one file, as it stands in the database: it survives the process that runs it. */
export interface ImportJob {
  id: string
  name: string
  fileName: string
  uploadId: string | null
  mapping: Mapping
  /** Everything is checked and nothing is kept. */
  dryRun: boolean
  state: ImportState
  header: string[] | null
  separator: string | null
  /** Rows read so far = created + updated + skipped + failed; the database refuses anything else. */
  position: number
  created: number
  updated: number
  skipped: number
  failed: number
  bytes: number | null
  bytesRead: number
  changeSetId: string
  /** It was taken back, but for what `revert` kept. */
  undone: boolean
  revert: RevertStanding | null
  userId: string | null
  error: string | null
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
}

export interface NewImport {
  mapping: Mapping
  fileName: string
  uploadId?: string
  dryRun?: boolean
  bytes?: number
  userId: string | null
  /** Several files of one import share a change set. Default: an own one. */
  changeSetId?: string
}

const FIELDS = sql`id, name, file_name as "fileName", upload_id as "uploadId", mapping, dry_run as "dryRun", state, header, separator, position::float8, created::float8,
  updated::float8, skipped::float8, failed::float8, bytes::float8, bytes_read::float8 as "bytesRead", change_set_id as "changeSetId", user_id as "userId", error,
  exists (select from core.change_set s where s.id = import_job.change_set_id and s.reverted_by is not null) as undone,
  (select ${REVERT_STANDING} from core.change_set s where s.id = import_job.change_set_id) as revert,
  created_at as "createdAt", started_at as "startedAt", finished_at as "finishedAt"`

export async function createJob(db: Db, input: NewImport): Promise<ImportJob> {
  const id = uuidv7()
  await sql`insert into core.import_job (id, name, file_name, upload_id, mapping, dry_run, state, bytes, change_set_id, user_id)
    values (${id}, ${input.mapping.name ?? input.fileName}, ${input.fileName}, ${input.uploadId ?? null}, ${JSON.stringify(input.mapping)}, ${input.dryRun ?? false}, 'waiting',
      ${input.bytes ?? null}, ${input.changeSetId ?? uuidv7()}, ${input.userId})`.execute(db)
  return (await findJob(db, id))!
}

/** An import of one's own, or anybody's for administrators. @throws NotFoundError */
export async function jobOf(db: Db, id: string, access: Access): Promise<ImportJob> {
  access.require('import.run')
  const job = UUID.test(id) ? await findJob(db, id) : null
  if (!job || (job.userId !== access.actor.userId && !access.everything)) throw new NotFoundError(`There is no import ${id}.`)
  return job
}

export async function findJob(db: Db, id: string): Promise<ImportJob | null> {
  const { rows } = await sql<ImportJob>`select ${FIELDS} from core.import_job where id = ${id}`.execute(db)
  return rows[0] ?? null
}

/** The newest first; of one user, or of all. */
export async function listJobs(db: Db, userId: string | null, first: number): Promise<ImportJob[]> {
  const { rows } = await sql<ImportJob>`select ${FIELDS} from core.import_job ${userId ? sql`where user_id = ${userId}::uuid` : sql``} order by id desc limit ${first}`.execute(db)
  return rows
}

export async function startJob(db: Db, job: ImportJob, header: string[], separator: string): Promise<void> {
  await sql`update core.import_job set state = 'running', started_at = coalesce(started_at, now()), header = ${JSON.stringify(header)}, separator = ${separator}, error = null, finished_at = null
    where id = ${job.id}`.execute(db)
}

export async function finishJob(db: Db, id: string, state: ImportState, error: string | null = null): Promise<void> {
  await sql`update core.import_job set state = ${state}, error = ${error}, finished_at = now() where id = ${id}`.execute(db)
}

/** Says why an import stands still that can go on. */
export async function noteError(db: Db, id: string, error: string): Promise<void> {
  await sql`update core.import_job set error = ${error} where id = ${id}`.execute(db)
}

/** Asks a running import to stop after its present batch. Gives false where it has ended already. */
export async function askCancel(db: Db, id: string): Promise<boolean> {
  const { rows } = await sql`update core.import_job set cancel_asked = true, state = case when state = 'waiting' then 'cancelled' else state end
    where id = ${id} and state in ('waiting', 'running') returning id`.execute(db)
  return rows.length > 0
}

export async function cancelAsked(db: Db, id: string): Promise<boolean> {
  const { rows } = await sql<{ cancel_asked: boolean }>`select cancel_asked from core.import_job where id = ${id}`.execute(db)
  return rows[0]?.cancel_asked ?? true
}

/** What one batch of rows came to. */
export interface BatchCount { created: number, updated: number, skipped: number, failed: { rowNumber: number, raw: string, problems: RowProblem[] }[], alike: AlikeRow[] }

/** A row whose new record resembles one that was there. */
export interface AlikeRow { rowNumber: number, object: string, recordId: string, other: string, kinds: string[] }

/** Another process goes on with this import: this one must stop without writing. */
export class LostJob extends Error {
  override readonly name = 'LostJob'
}

/**
 * Moves the import on, in the transaction of its batch. The position that was expected is the fence: of two processes that
 * run one import, the second one's batch fails as a whole.
 * @throws LostJob
 */
export async function advance(db: Db, job: ImportJob, count: BatchCount, bytesRead: number): Promise<void> {
  const rows = count.created + count.updated + count.skipped + count.failed.length
  const { rows: moved } = await sql`update core.import_job set position = position + ${rows}, created = created + ${count.created}, updated = updated + ${count.updated},
      skipped = skipped + ${count.skipped}, failed = failed + ${count.failed.length}, bytes_read = ${bytesRead}
    where id = ${job.id} and position = ${job.position} and state = 'running' returning id`.execute(db)
  if (moved.length === 0) throw new LostJob(`Import ${job.id} is run by another process.`)
  for (let i = 0; i < count.failed.length; i += 500) {
    const chunk = count.failed.slice(i, i + 500).map((one) => ({ ...one, raw: one.raw.replaceAll('\u0000', '\ufffd') }))
    await sql`insert into core.import_problem (job_id, row_number, raw, problems)
      select ${job.id}::uuid, p."rowNumber", p.raw, p.problems from jsonb_to_recordset(${JSON.stringify(chunk)}::jsonb) as p ("rowNumber" int, raw text, problems jsonb)`.execute(db)
  }
  // Of a trial there is no record.
  if (count.alike.length) await sql`insert into core.import_alike (job_id, row_number, object, record_id, other_id, kinds)
    select ${job.id}::uuid, a."rowNumber", a.object, ${job.dryRun ? sql`null::uuid` : sql`a."recordId"`}, a.other, a.kinds
    from jsonb_to_recordset(${JSON.stringify(count.alike)}::jsonb) as a ("rowNumber" int, object text, "recordId" uuid, other uuid, kinds text[]) on conflict do nothing`.execute(db)
}

export interface FailedRow { rowNumber: number, raw: string, problems: RowProblem[] }

/** The rows that were not loaded, in pages by row number. */
export async function failedRows(db: Db, id: string, after: number, limit: number): Promise<FailedRow[]> {
  const { rows } = await sql<FailedRow>`select row_number as "rowNumber", raw, problems from core.import_problem where job_id = ${id} and row_number > ${after}
    order by row_number limit ${limit}`.execute(db)
  return rows
}
