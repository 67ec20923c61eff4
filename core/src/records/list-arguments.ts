import { InputError, LimitError, type Filter } from '@kartotek/sdk'
import type { Condition } from './reading.ts'

export const ARCHIVED = ['ACTIVE', 'ARCHIVED', 'TRASHED', 'ALL'] as const
export interface ListArguments {
  filter?: Filter | null
  search?: string | null
  orderBy?: { field: string, direction?: 'ASC' | 'DESC' }[] | null
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
  archived?: (typeof ARCHIVED)[number] | null
  /** What a feature asks besides, of the table under this alias; no filter of the API says it. */
  only?: (alias: string) => Condition
}

export const PAGE_DEFAULT = 50
export const PAGE_MAX = 200

/** Size and direction of a page. @throws LimitError above the most, InputError where both ends are asked for */
export function pageOf(args: ListArguments, most = PAGE_MAX): { size: number, cursor: string | null, backward: boolean } {
  if (args.first != null && args.last != null) throw new InputError('Use first or last, not both.', [{ field: 'last', rule: 'filter', message: 'Use first or last, not both.' }])
  const backward = args.last != null || (args.before != null && args.first == null)
  const size = (backward ? args.last : args.first) ?? PAGE_DEFAULT
  if (size < 0 || size > most) throw new LimitError(`A page holds 0–${most} records.`, { limit: most })
  return { size, cursor: (backward ? args.before : args.after) ?? null, backward }
}
