import type { Readable } from 'node:stream'
import type { RecordRef } from './external-refs.ts'

/** A file as a plugin brings it to {@link PluginFiles}. */
export interface NewFile {
  /** As people see it, with its ending: `invoice-17.pdf`. At most 200 characters. What it is, is told by its contents. */
  name: string
  /** A text is kept as UTF-8. A stream is read once, to its end. */
  content: string | Uint8Array | Readable
}

/** The contents of a file, as {@link PluginFiles} opens it. */
export interface OpenFile {
  /** As people see it, with its ending. */
  name: string
  /** What its contents are: `application/pdf`; `application/octet-stream` where it is not known. */
  mime: string
  /** Its size. */
  bytes: number
  /** To be read to its end, or destroyed. */
  content: Readable
}

/**
 * Files of records, on their cards and timelines like those that people attach: with versions, previews and the same limits. Needs
 * the rights on `file` that a person needs: background code names them in `needs` (`file: ['create', 'read']`).
 *
 * @example
 * // A delivery note comes to each order as a file of it; sent again, it is a new version of the same file.
 * import { definePlugin, job, s } from '@kartotek/sdk'
 *
 * export default definePlugin({
 *   id: 'delivery-notes', version: '1.0.0', compat: { sdk: '^0.1' },
 *   needs: { order: ['read'], file: ['create', 'read', 'update'] },
 *   outbound: ['https://files.example.com'],
 *   fields: { order: [{ name: 'note', type: 'file', readOnly: true, label: { en: 'Delivery note' } }] },
 *   jobs: {
 *     fetch: job({
 *       input: s.object({ order: s.id() }),
 *       async run({ order }, ctx) {
 *         const answer = await ctx.fetch(`https://files.example.com/notes/${order}.pdf`)
 *         const note = { name: 'delivery-note.pdf', content: new Uint8Array(await answer.arrayBuffer()) }
 *         const known = await ctx.records.get('order', order, ['deliveryNotes.note'])
 *         const { note: file } = (known?.deliveryNotes ?? {}) as { note?: string | null }
 *         if (file) await ctx.files.addVersion(file, note)
 *         else {
 *           const { id } = await ctx.files.attach({ object: 'order', id: order }, note)
 *           await ctx.records.update('order', order, { deliveryNotes: { note: id } })
 *         }
 *       },
 *     }),
 *   },
 * })
 */
export interface PluginFiles {
  /**
   * Puts a file on a record; `id` is that of the file, `version` 1.
   * @throws NotFoundError, NotAllowedError, LimitError where it is too large, InputError for empty files and programs
   */
  attach(record: RecordRef, file: NewFile): Promise<{ id: string, version: number }>
  /** Puts a new version over the last one. @throws as {@link PluginFiles.attach} */
  addVersion(id: string, file: NewFile): Promise<{ id: string, version: number }>
  /** The newest version, or the one with this number, from 1. @throws NotFoundError where the actor sees no such file */
  open(id: string, version?: number): Promise<OpenFile>
}
