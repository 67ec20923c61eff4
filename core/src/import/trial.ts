import { applyBatch } from './batch.ts'
import type { Writing } from '../records/write/writing.ts'
import type { Built, ImportPlan } from './plan.ts'

/** Rows that a trial remembers; of those beyond it says that they are missing. */
const REMEMBERED = 200_000

interface TriedFile { plan: ImportPlan, rows: Built[], byName: Map<string, Map<string, Built>> }

/**
 * What the files of one trial held so far. A trial undoes each batch, so a row that names a record of an earlier file would not find
 * it: the rows that a batch names are written before it once more, and undone with it.
 */
export class Trial {
  readonly #files: TriedFile[] = []
  readonly #forgotten = new Set<Built>()
  #count = 0

  /** Begins with the next file. @returns what remembers a row of it that could be loaded */
  begin(plan: ImportPlan): (row: Built) => void {
    const file: TriedFile = { plan, rows: [], byName: new Map() }
    this.#files.push(file)
    return (row) => { if (this.#count++ < REMEMBERED) file.rows.push(row) }
  }

  /** A row that cannot be written once more. */
  forget(row: Built): void {
    this.#forgotten.add(row)
  }

  /** Writes the rows of earlier files that these name, and those that they name. */
  async writeNamed(w: Writing, plan: ImportPlan, rows: readonly Built[]): Promise<void> {
    const earlier = this.#files.filter((file) => file.plan !== plan)
    const named = new Map<TriedFile, Set<Built>>()
    let wanted = needsOf(plan, rows)
    for (const file of earlier.toReversed()) {
      const found = new Set(wanted.flatMap(({ name, text }) => rowsBy(file, name).get(text) ?? []).filter((row) => !this.#forgotten.has(row)))
      named.set(file, found)
      wanted = [...wanted, ...needsOf(file.plan, [...found])]
    }
    for (const [file, found] of [...named].toReversed()) if (found.size) await applyBatch(w, file.plan, [...found])
  }
}

interface Need { /** The object, the system whose keys are meant, and how its records are found. */ name: string, text: string }

const nameOf = (object: string, system: string, by: string): string => [object, by === 'key' ? system : '', by].join('\u0000')

function needsOf({ part, system }: ImportPlan, rows: readonly Built[]): Need[] {
  return rows.flatMap((row) => [
    ...[...row.pending, ...row.also.flatMap((one) => one.pending)].map(({ object, by, text }) => ({ name: nameOf(object, system, by), text })),
    ...(part && row.whole !== null ? [{ name: nameOf(part.whole.name, system, 'key'), text: row.whole }] : []),
  ])
}

/** The rows of a file by one of the names that their records have. */
function rowsBy(file: TriedFile, name: string): Map<string, Built> {
  const known = file.byName.get(name)
  if (known) return known
  const rows = new Map<string, Built>()
  const [object, , by] = name.split('\u0000') as [string, string, string]
  const { mapping, system } = file.plan
  for (const row of file.rows) {
    const records = [{ of: file.plan.object, key: row.key, field: mapping.key?.field, input: row.input }, ...row.also.map((one) => ({ of: one.object, key: one.key, field: one.mapping.key?.field, input: one.input }))]
    for (const { of, key, field, input } of records) {
      if (of.name !== object) continue
      const text = by !== 'key' ? valueAt(input, by) : field || nameOf(object, system, by) !== name ? null : key
      if (text !== null && !rows.has(text)) rows.set(text, row)
    }
  }
  file.byName.set(name, rows)
  return rows
}

function valueAt(input: Record<string, unknown>, path: string): string | null {
  let value: unknown = input
  for (const step of path.split('.')) value = value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[step] : undefined
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}
