import { once } from 'node:events'
import type { ClientBase } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Generation } from '../model/generation.ts'
import { BulkRows } from './bulk-rows.ts'
import type { BulkRow } from './bulk-rows.ts'
import type { DemoClient } from './client.ts'
import type { Company } from './company.ts'
import { copyLine } from './copy.ts'
import type { CopyValue } from './copy.ts'
import type { Written } from './inputs.ts'

export interface BulkOptions {
  generation: Generation
  company: Company
  /** Ids of the users, teams and products that the rows refer to, and of stages and tags by key. */
  written: Written
  /** Order lines too. Default false. */
  lines?: boolean
  /** Contact points, addresses and bank accounts of clients. Default true. */
  parts?: boolean
  /** Values of further columns, such as custom fields; the same keys for every record of a table. */
  extra?: { client?(client: DemoClient): Record<string, CopyValue>, order?(client: DemoClient, at: number): Record<string, CopyValue> }
  /** Clients that are copied at once. Default 2,000. */
  chunk?: number
  onProgress?(clients: number): void
}

/**
 * Fills the tables by COPY, many times faster than the write path: for the bench only. No audit trail, no events, no
 * history; everything that reading needs (search texts, normalised keys, totals, numbers) is there. Memory is flat.
 * @returns how many clients and orders were written
 */
export async function bulkLoad(client: ClientBase, options: BulkOptions): Promise<{ clients: number, orders: number }> {
  const { company, generation, lines = false, parts = true, extra = {}, chunk = 2_000 } = options
  const rows = new BulkRows(generation, company, options.written)
  for (let from = 0; from < company.count; from += chunk) {
    const tables = new Map<string, BulkRow[]>()
    for (const one of company.clients(from, Math.min(from + chunk, company.count))) {
      let at = 0
      for (const [table, row] of rows.rowsOf(one, { lines, parts })) {
        if (table === 'client' && extra.client) Object.assign(row, extra.client(one))
        if (table === 'order' && extra.order) Object.assign(row, extra.order(one, at++))
        ;(tables.get(table) ?? tables.set(table, []).get(table)!).push(row)
      }
    }
    for (const [table, list] of tables) await copyRows(client, table, list)
    options.onProgress?.(Math.min(from + chunk, company.count))
  }
  await client.query(`insert into core.series (key, next) values ('order', $1) on conflict (key) do update set next = greatest(core.series.next, excluded.next)`, [rows.orders + 1])
  return { clients: company.count, orders: rows.orders }
}

async function copyRows(client: ClientBase, table: string, rows: readonly BulkRow[]): Promise<void> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const stream = client.query(copyFrom(`copy core."${table}" (${columns.map((name) => `"${name}"`).join(', ')}) from stdin with (format text, encoding 'utf8')`))
  const failed = new Promise<never>((_, fail) => stream.once('error', fail))
  const written = (async () => {
    for (let i = 0; i < rows.length; i += 200) {
      const piece = rows.slice(i, i + 200).map((row) => copyLine(columns.map((name) => row[name]))).join('')
      if (!stream.write(piece)) await once(stream, 'drain')
    }
    const finished = once(stream, 'finish')
    stream.end()
    await finished
  })()
  await Promise.race([written, failed])
}
