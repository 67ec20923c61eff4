import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

/** A value in the text format of COPY. */
function copyText(value: unknown): string {
  if (value === null || value === undefined) return '\\N'
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return escaped(`{${value.map((v) => JSON.stringify(String(v))).join(',')}}`)
  return escaped(String(value))
}
const escaped = (text: string): string => (/[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (c) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[c]!) : text)

/** Writes rows into a table by COPY. */
export class CopyWriter {
  readonly #stream: ReturnType<typeof copyFrom> extends infer S ? S & NodeJS.WritableStream : never
  readonly #columns: readonly string[]
  readonly #client: pg.PoolClient
  #chunk: string[] = []
  #size = 0

  private constructor(client: pg.PoolClient, table: string, columns: readonly string[]) {
    this.#client = client
    this.#columns = columns
    this.#stream = client.query(copyFrom(`copy ${table} (${columns.map((c) => `"${c}"`).join(',')}) from stdin`)) as never
  }

  static async open(pool: pg.Pool, table: string, columns: readonly string[]): Promise<CopyWriter> {
    const client = await pool.connect()
    await client.query('set statement_timeout = 0')
    return new CopyWriter(client, table, columns)
  }

  async write(row: Readonly<Record<string, unknown>>): Promise<void> {
    const line = this.#columns.map((c) => copyText(row[c])).join('\t') + '\n'
    this.#chunk.push(line)
    this.#size += line.length
    if (this.#size > 100_000) await this.#flush()
  }

  async #flush(): Promise<void> {
    const text = this.#chunk.join('')
    this.#chunk = []
    this.#size = 0
    if (!this.#stream.write(text)) await once(this.#stream, 'drain')
  }

  async end(): Promise<void> {
    await this.#flush()
    this.#stream.end()
    await finished(this.#stream)
    await this.#client.query('reset statement_timeout')
    this.#client.release()
  }
}
