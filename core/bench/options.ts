import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

/** How large a run is. */
export interface BenchOptions {
  quick: boolean
  /** Clients; there are two orders for each. */
  clients: number
  /** Where the growth of queries is measured from; 0: it is not. */
  growthFrom: number
  dataDir: string
  /** The data stay for the next run. */
  keep: boolean
  /** Parts to run; all when empty. */
  only: Set<string>
  /** File that gets the table. */
  write?: string
}

export const PARTS = ['list', 'queries', 'web', 'newcomer', 'timeline', 'segments', 'duplicates', 'intake', 'calls', 'day', 'messages', 'automation', 'export', 'reports', 'writes', 'field', 'import', 'start'] as const

/** What `--quick` runs by itself: the core, in three minutes. The rooms are asked for by name. */
const QUICK: readonly string[] = ['list', 'queries', 'web', 'writes', 'field', 'import', 'start']

/** Options of the command line: `--quick`, `--data DIR` (made once, used again), `--only list,queries`, `--write FILE`. */
export function readOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({ args, options: {
    quick: { type: 'boolean' }, data: { type: 'string' }, only: { type: 'string' }, write: { type: 'string' }, clients: { type: 'string' },
  } })
  const quick = values.quick === true
  const clients = Number(values.clients ?? (quick ? 100_000 : 1_000_000))
  if (!Number.isInteger(clients) || clients < 10_000 || clients % 10_000) throw new Error('--clients takes a multiple of 10000.')
  const only = new Set((values.only ?? '').split(',').filter(Boolean))
  for (const part of only) if (!PARTS.includes(part as never)) throw new Error(`--only takes ${PARTS.join(', ')}.`)
  if (quick && only.size === 0) for (const part of QUICK) only.add(part)
  return {
    quick, clients, growthFrom: clients > 100_000 ? 100_000 : 0, only, keep: values.data !== undefined, ...(values.write ? { write: resolve(values.write) } : {}),
    dataDir: values.data ? resolve(values.data) : mkdtempSync(join(tmpdir(), 'kartotek-bench-')),
  }
}
