import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { loadSecret } from '../src/config/secret.ts'
import type { BenchData } from './build-data.ts'
import { BenchServer, type Session } from './server.ts'
import { ms, percentile, type Table } from './table.ts'

const CREATE = 'mutation ($input: FieldInput!) { createField(object: "client", input: $input) { key } }'
const list = (name: string): string => `{ clients(first: 1, filter: { custom: { ${name}: { isNull: true } } }) { nodes { id custom { ${name} } } } }`
const worst = (taken: readonly number[]): string => `p50 ${ms(percentile(taken, 0.5))}, worst ${ms(Math.max(...taken))}`

/**
 * From sending `createField` until its answer, until a list with the new field is answered there, and until a second node on
 * the same database answers it, which is asked again and again meanwhile.
 */
export async function benchField(table: Table, admin: Session, { accounts, fieldMs }: BenchData, dataDir: string, databaseUrl: string): Promise<void> {
  const files = mkdtempSync(join(tmpdir(), 'kartotek-bench-peer-'))
  const peer = await BenchServer.start(files, { DATABASE_URL: databaseUrl, KARTOTEK_SECRET: loadSecret(dataDir) })
  const other = await peer.signIn(accounts.administrator)
  try {
    const answered: number[] = [], queryable: number[] = [], everywhere: number[] = []
    for (let i = -1; i < 6; i++) {
      const name = `bench${Date.now().toString(36)}${i + 1}`
      const start = performance.now()
      const since = (): number => performance.now() - start
      const [here, there] = await Promise.all([
        admin.ask(CREATE, { input: { name, type: 'integer', labels: { en: name }, filterable: false } }).then(async () => {
          const sent = since()
          await admin.ask(list(name))
          return { sent, listed: since() }
        }),
        untilKnown(other, list(name), since),
      ])
      // The first one warms up both.
      if (i < 0) continue
      answered.push(here.sent)
      queryable.push(here.listed)
      everywhere.push(there)
    }
    table.add('add a custom field, until a list with it is answered', worst(queryable),
      `mutation alone p50 ${ms(percentile(answered, 0.5))}; the 50 of the bench, one by one: p50 ${ms(percentile(fieldMs, 0.5))}`, '≤ 400 ms', Math.max(...queryable) <= 400)
    table.add('… until a second node on the same database answers it', worst(everywhere), 'from sending the mutation to the first node', '≤ 1 s', Math.max(...everywhere) <= 1_000)
  } finally {
    other.end()
    await peer.stop()
    rmSync(files, { recursive: true, force: true })
  }
}

/** When a node answers a query that it refuses while it does not know the field. */
async function untilKnown(session: Session, query: string, since: () => number): Promise<number> {
  for (;;) {
    const { errors } = JSON.parse(await session.text(query)) as { errors?: { message: string, extensions: { code: string } }[] }
    if (!errors) return since()
    if (since() > 20_000) throw new Error(`The second node does not know the new field: ${errors[0]!.message}`)
    await setTimeout(5)
  }
}
