import { ConflictError, DuplicateError, InputError, type PluginContext, type RecordData } from '@kartotek/sdk'

/** The key of a choice, however it was read. */
export function keyOf(value: unknown): string | null {
  if (typeof value === 'object' && value !== null) return (value as { key?: string }).key ?? null
  return typeof value === 'string' ? value : null
}

/** The id of a reference, however it was read. */
export function idOf(value: unknown): string | null {
  if (typeof value === 'object' && value !== null) return (value as { id?: string }).id ?? null
  return typeof value === 'string' ? value : null
}

/** Whether a write was refused only because its unique key is taken: it was done before. */
export function isTaken(error: unknown): boolean {
  if (error instanceof DuplicateError) return true
  if (error instanceof InputError && error.fields.length > 0 && error.fields.every(({ rule }) => rule === 'unique')) return true
  for (let cause = error; cause instanceof Error; cause = cause.cause) if ((cause as { code?: unknown }).code === '23505') return true
  return false
}

/** Changes a record by what it is now, again where somebody else was quicker. `change` returns null for nothing to do. */
export async function revise(ctx: PluginContext, object: string, id: string, change: (now: RecordData) => Record<string, unknown> | null | Promise<Record<string, unknown> | null>): Promise<RecordData | null> {
  for (let attempt = 1; ; attempt++) {
    const now = await ctx.records.get(object, id)
    if (!now) return null
    const input = await change(now)
    if (!input || !Object.keys(input).length) return now
    try {
      return await ctx.records.update(object, id, input, now.version)
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt > 5) throw error
    }
  }
}
