import { rm } from 'node:fs/promises'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { InputError } from '@kartotek/sdk'
import { columnOf } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { withParts } from '../records/write/checks.ts'
import type { Draft } from '../records/write/draft.ts'
import type { Arrival, Files } from './files.ts'

/**
 * Uploads that stand in fields of the type `file` when a record is written: each becomes a file of that record, in the same
 * transaction. The record comes first, because a file is seen by who sees its record; the key between them is checked at the end.
 */
export function fieldUploads(files: Files): NonNullable<Engine['files']> {
  const arrivals = new WeakMap<Draft, Map<string, Arrival>>()
  return {
    async announce(w, drafts) {
      const named = drafts.flatMap((root) => withParts([root]).flatMap((draft) => draft.object.fields.flatMap((field) => {
        const id = field.type === 'file' && draft.changed.has(field.key) ? draft.row[columnOf(field)] as string | null : null
        return id ? [{ root, draft, field, id }] : []
      })))
      if (!named.length) return
      const { rows } = await sql<{ id: string }>`select id from core.upload where id = any(${named.map(({ id }) => id)}::uuid[]) and user_id is not distinct from ${w.caller.actor.userId}::uuid`.execute(w.db)
      const uploads = new Set(rows.map(({ id }) => id))
      for (const { root, draft, field, id } of named.filter((one) => uploads.delete(one.id))) {
        const arrival = await files.inspect(w.caller, id).catch((error: Error) => {
          if (error instanceof InputError) draft.problems.push(...error.fields.map((problem) => ({ ...problem, field: draft.path + field.key })))
          else root.error ??= error
        })
        // Refused already: it must not be looked for among the files, too.
        draft.uploads.set(field, id)
        if (!arrival) continue
        w.afterCommit.push(() => rm(arrival.previewPath, { force: true }).catch(() => undefined))
        const file = uuidv7()
        draft.row[columnOf(field)] = file
        draft.uploads.set(field, file)
        arrivals.set(root, (arrivals.get(root) ?? new Map<string, Arrival>()).set(file, arrival))
      }
    },
    async keep(w, drafts) {
      for (const root of drafts) {
        for (const [file, arrival] of arrivals.get(root) ?? []) {
          await files.create(w, file, { object: root.object.name, id: root.row.id }, arrival.name)
          await files.keep(w, file, arrival, w.caller.actor.userId)
        }
      }
    },
  }
}
