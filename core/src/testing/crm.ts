import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execute, parse, validate, type ExecutionResult } from 'graphql'
import type { SendMail } from '../accounts/deps.ts'
import type { Caller } from '../access/caller.ts'
import type { RoleRules } from '../access/roles.ts'
import { filesDirectory } from '../config/index.ts'
import { formatError } from '../graphql/errors.ts'
import { checkLimits } from '../graphql/limits.ts'
import { dropHoldings } from '../plugins/uninstall.ts'
import { openKartotek, type Kartotek, type KartotekOptions } from '../kartotek.ts'
import { testDatabase, testLog } from './index.ts'
import { testRole, testUser } from './engine.ts'
import { leftovers } from './leftovers.ts'

export interface TestCrm {
  kartotek: Kartotek
  /** Its data directory, to be shared with other nodes. */
  dataDir: string
  /** A new user with this role. */
  as(role: string, more?: Partial<Caller['actor']>): Promise<Caller>
  /** A new user with a role of his own that has these rules. */
  withRules(rules: RoleRules, more?: Partial<Caller['actor']>): Promise<Caller>
  /** An operation as this caller, validated against his schema, with limits and formatted errors as over HTTP. */
  // Results are whatever the test asks for.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  query(caller: Caller, source: string, variables?: Record<string, unknown>): Promise<{ data: any, errors?: { message: string, extensions: Record<string, any> }[], changeSets: string[] }>
  /** The data of an operation that must succeed. @throws with its errors */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  ask(caller: Caller, source: string, variables?: Record<string, unknown>): Promise<any>
  /** Runs all waiting events and jobs, each twice, because delivery is at least once. */
  drain(): Promise<{ ran: number, failed: { queue: string, message: string }[] }>
  /**
   * Stops the core and uninstalls one of its plugins, as the operator does between two starts. With `drop` it asserts that
   * nothing of it is left in the database. Only `close` may follow.
   */
  uninstall(plugin: string, options: { data: 'keep' | 'drop' }): Promise<void>
  close(): Promise<void>
}

/**
 * A whole core on a real database, without a web server. Call it at the top of a test file, and `close` after.
 * `work: false`: nothing happens in the background; events and jobs wait for `drain`.
 */
export async function testCrm({ sendMail, ...options }: Pick<KartotekOptions, 'plugins' | 'webhooks' | 'work'> & { sendMail?: SendMail } = {}): Promise<TestCrm> {
  const db = await testDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'kartotek-files-'))
  const kartotek = await openKartotek({
    db, log: testLog, secret: 'a secret of the tests, thirty-two characters long', filesDir: filesDirectory({ dataDir }),
    ...options, accounts: { publicUrl: 'http://127.0.0.1:3000', ...(sendMail ? { sendMail } : {}) },
  })
  await kartotek.start()
  const crm: TestCrm = {
    kartotek, dataDir,
    as: (role, more) => testUser(kartotek.engine, role, more),
    withRules: async (rules, more) => testUser(kartotek.engine, await testRole(kartotek.engine, rules), more),
    async query(caller, source, variables = {}) {
      const context = kartotek.api.contextOf(caller)
      const schema = kartotek.api.schema(context.reading.generation, context.access)
      const told = (errors: readonly Error[]) => errors.map((e) => formatError('toJSON' in e ? (e.toJSON as () => { message: string })() : { message: e.message }, e, testLog) as never)
      const document = parse(source)
      const problems = validate(schema, document)
      if (problems.length) return { data: null, errors: told(problems), changeSets: [] }
      checkLimits(document, null, variables)
      const result = await execute({ schema, document, contextValue: context, variableValues: variables }) as ExecutionResult
      // Results have no prototypes; a test compares plain JSON.
      return { data: JSON.parse(JSON.stringify(result.data ?? null)), ...(result.errors ? { errors: told(result.errors) } : {}), changeSets: context.changeSets }
    },
    async ask(caller, source, variables) {
      const { data, errors } = await crm.query(caller, source, variables)
      if (errors) throw new Error(JSON.stringify(errors))
      return data
    },
    drain: () => kartotek.jobs.drain({ deliveries: 2 }),
    async uninstall(plugin, { data }) {
      await kartotek.close()
      if (data === 'keep') return
      await dropHoldings(db, plugin)
      const plain = await testCrm({ plugins: (options.plugins ?? []).filter((p) => typeof p === 'string' || p.id !== plugin), work: false })
      try {
        const left = await leftovers(db, plain.kartotek.db)
        if (left.length) throw new Error(`The plugin ${plugin} left behind:\n${left.join('\n')}`)
      } finally {
        await plain.close()
        await plain.kartotek.db.close()
      }
    },
    close: () => kartotek.close(),
  }
  return crm
}
