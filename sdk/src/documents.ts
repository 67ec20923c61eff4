import type { Readable } from 'node:stream'
import type { RecordRef } from './external-refs.ts'

/** A file as a plugin brings it. */
export interface NewFile {
  /** As people see it, with its ending: `invoice-17.pdf`. At most 200 characters. What it is, is told by its contents. */
  name: string
  content: string | Uint8Array | Readable
}

/** The contents of a file. */
export interface OpenFile { name: string, mime: string, bytes: number, content: Readable }

/**
 * Files of records, on their cards and timelines like those that people attach: with versions, previews and the same limits. Needs
 * the rights on `file` that a person needs: background code names them in `needs` (`file: ['create', 'read']`).
 *
 * @example
 * const { id } = await ctx.files.attach({ object: 'order', id: order }, { name: 'invoice.pdf', content: pdf })
 */
export interface PluginFiles {
  /** @throws NotFoundError, NotAllowedError, LimitError where it is too large, InputError for empty files and programs */
  attach(record: RecordRef, file: NewFile): Promise<{ id: string, version: number }>
  /** Puts a new version over the last one. @throws as {@link attach} */
  addVersion(id: string, file: NewFile): Promise<{ id: string, version: number }>
  /** The newest version, or the one with this number. @throws NotFoundError where the actor sees no such file */
  open(id: string, version?: number): Promise<OpenFile>
}
