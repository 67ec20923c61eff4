import type { Link } from '../duplicates/documents.ts'
import { STANDING } from '../records/history/revert.ts'
import type { Mapping } from './import-form.ts'

export interface ExportColumn { key: string, label: string, group: string | null, type: string }
export interface PreparedExport { id: string, url: string, fileName: string, records: { value: number, exact: boolean } }

export const EXPORT_COLUMNS = 'query ExportColumns($object: String!) { exportColumns(object: $object) { key label group type } }'
export const PREPARE_EXPORT = 'mutation PrepareExport($input: ExportInput!) { prepareExport(input: $input) { id url fileName records { value exact } } }'

/** How a file is read where it is recognised wrongly. */
export interface FileOptions { encoding?: string, separator?: string, sheet?: string, headerRow?: number }
export interface UploadPreview { format: 'CSV' | 'XLSX', header: string[], separator: string, encoding: string, sheets: string[], sheet: string | null, rows: string[][] }
export interface ImportTarget { key: string, label: string, group: string | null, type: string, required: boolean, by: string[], item: string | null, kind: string | null, many: boolean }
export interface ColumnSuggestion { column: string, samples: string[], target: string | null, reason: 'HEADER' | 'CONTENT' | null, date: string | null, by: string | null }
export interface ImportTemplate { id: string, name: string, object: string, mapping: Mapping, own: boolean }
export interface ImportSuggestion { columns: ColumnSuggestion[], key: string | null, decimal: 'comma' | 'point' | '?' | null, templates: ImportTemplate[] }

export const UPLOAD_PREVIEW = `query UploadPreview($upload: ID!, $options: UploadOptions) {
  uploadPreview(upload: $upload, first: 8, options: $options) { format header separator encoding sheets sheet rows }
}`
export const SUGGEST_IMPORT = `query SuggestImport($upload: ID!, $object: String!, $options: UploadOptions) {
  suggestImport(upload: $upload, object: $object, options: $options) { key decimal columns { column samples target reason date by } templates { id name object mapping own } }
  importTargets(object: $object) { key label group type required by item kind many }
}`
export const SAVE_TEMPLATE = 'mutation SaveImportTemplate($name: String!, $mapping: JSON!) { saveImportTemplate(name: $name, mapping: $mapping) { id name object mapping own } }'
export const DELETE_TEMPLATE = 'mutation DeleteImportTemplate($id: ID!) { deleteImportTemplate(id: $id) }'

export interface ImportJob {
  id: string, name: string, fileName: string, object: string, state: 'WAITING' | 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELLED', dryRun: boolean
  read: number, created: number, updated: number, skipped: number, failed: number, progress: number | null, error: string | null
  changeSet: string | null, undone: boolean, keptRecords: number, errorFile: string | null, createdAt: string
}
export interface ImportAlike { row: number, object: string, record: Link | null, others: Link[], reasons: { key: string, label: string }[] }
export interface ImportProblem { row: number, raw: string, reasons: { column: string | null, message: string }[] }

const JOB = 'id name fileName object state dryRun read created updated skipped failed progress error changeSet undone keptRecords errorFile createdAt'
export const START_IMPORT = `mutation StartImport($upload: ID!, $mapping: JSON!, $dryRun: Boolean!) { startImport(upload: $upload, mapping: $mapping, dryRun: $dryRun) { ${JOB} } }`
export const IMPORT = `query Import($id: ID!) { import(id: $id) { ${JOB} problems(first: 50) { row raw reasons { column message } }
  revert { ${STANDING} }
  alikeRows alike(first: 50) { row object record { object id title } others { object id title } reasons { key label } } } }`
export const IMPORTS = `query Imports { imports(first: 100) { ${JOB} } }`
export const CANCEL_IMPORT = `mutation CancelImport($id: ID!) { cancelImport(id: $id) { ${JOB} } }`
