import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execute, parse, subscribe, validate, type DocumentNode, type ExecutionResult, type GraphQLError, type GraphQLSchema } from 'graphql'
import type { SendMail } from '../accounts/deps.ts'
import type { Caller } from '../access/caller.ts'
import type { RoleRules } from '../access/roles.ts'
import { filesDirectory, pluginsDirectory } from '../config/index.ts'
import { formatError } from '../graphql/errors.ts'
import { checkLimits } from '../graphql/limits.ts'
import { createToken } from '../accounts/tokens.ts'
import type { Database } from '../database/index.ts'
import { loadPlugin } from '../plugins/load.ts'
import { dropHoldings } from '../plugins/uninstall.ts'
import type { PluginDefinition } from '@kartotek/sdk'
import { SecretBox, Settings } from '../settings/index.ts'
import { openKartotek, type Kartotek, type KartotekOptions } from '../kartotek.ts'
import { testDatabase, testLog } from './index.ts'
import { testRole, testUser } from './engine.ts'
import { leftovers } from './leftovers.ts'
import { posted } from './posted.ts'
import { CLOCK_PATH, startClock } from './clock.ts'
import type { TestNode } from './node.ts'
import { TEST_SECRET } from './test-server.ts'
import type { PluginCrm, TestCrmOptions } from './plugin-crm.ts'

export { eventually } from './child.ts'
export { signed, type SignedHmac } from './signed.ts'
export { workingNode, type WorkingNode } from './working-node.ts'
export type * from './plugin-crm.ts'

/** The same for tests of the core, which reach into it. */
export interface TestCrm extends PluginCrm<Caller> {
  kartotek: Kartotek
  /** Its data directory, to be shared with other nodes. */
  dataDir: string
  as(role: string, more?: Partial<Caller['actor']>): Promise<Caller>
  withRules(rules: RoleRules, more?: Partial<Caller['actor']>): Promise<Caller>
}

/**
 * A whole core on a real database, without a web server. Call it at the top of a test file, and `close` after.
 * `work: false`: nothing happens in the background; events and jobs wait for `drain`.
 */
export async function testCrm({ sendMail, settings = {}, clock: from, publicUrl = 'http://127.0.0.1:3000', ...options }: TestCrmOptions & Pick<KartotekOptions, 'webhooks'> & { sendMail?: SendMail } = {}): Promise<TestCrm> {
  const db = await testDatabase({ from: 'crm', ...from !== undefined && { searchPath: CLOCK_PATH } })
  const clock = from === undefined ? undefined : await startClock(db, from)
  const dataDir = mkdtempSync(join(tmpdir(), 'kartotek-files-'))
  await configure(db, options.plugins ?? [], settings)
  let server: TestNode | undefined
  const kartotek = await openKartotek({
    db, log: testLog, secret: TEST_SECRET, filesDir: filesDirectory({ dataDir }), pluginsDir: pluginsDirectory({ dataDir }),
    ...options, accounts: { publicUrl, ...(sendMail ? { sendMail } : {}) },
  })
  await kartotek.start()
  clock?.use(kartotek)
  const close = async (): Promise<void> => {
    await server?.close()
    await kartotek.close()
    clock?.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  const crm: TestCrm = {
    kartotek, dataDir,
    as: (role, more) => testUser(kartotek.engine, role, more),
    withRules: async (rules, more) => testUser(kartotek.engine, await testRole(kartotek.engine, rules), more),
    async query(caller, source, variables = {}) {
      const context = kartotek.api.contextOf(caller)
      const schema = kartotek.api.schema(context.reading.generation, context.access)
      const told = (errors: readonly Error[]) => errors.map((e) => formatError('toJSON' in e ? (e.toJSON as () => { message: string })() : { message: e.message }, e, testLog) as never)
      const { document, problems } = validated(schema, source)
      if (problems.length) return { data: null, errors: told(problems), changeSets: [] }
      checkLimits(schema, document, null, variables)
      const result = await execute({ schema, document, contextValue: context, variableValues: variables }) as ExecutionResult
      // Results have no prototypes; a test compares plain JSON.
      return { data: JSON.parse(JSON.stringify(result.data ?? null)), ...(result.errors ? { errors: told(result.errors) } : {}), changeSets: context.changeSets }
    },
    async ask(caller, source, variables) {
      const { data, errors } = await crm.query(caller, source, variables)
      if (errors) throw new Error(JSON.stringify(errors))
      return data
    },
    webhook: (path, request) => posted(kartotek, path, request),
    get clock() {
      if (!clock) throw new Error('Give testCrm the time at which it begins: testCrm({ clock: "2026-03-02T08:00:00Z" }).')
      return clock
    },
    async token({ actor }) {
      const { secret } = await createToken(db.pool, { userId: actor.id, name: 'Test', roleIds: null, narrowedTo: null, days: null, createdBy: null }, 'en')
      return secret
    },
    async serve() {
      const { testNode } = await import('./node.ts')
      // Where nothing is to happen in the background, it does not happen there either.
      server ??= await testNode(crm, options.work === false ? { KARTOTEK_ROLE: 'web' } : {}, options.plugins)
      return { url: server.url }
    },
    get: (caller, path, headers = {}) => posted(kartotek, path, { headers, method: 'GET' }, caller),
    async subscribe(caller, source, variables = {}) {
      const abort = new AbortController()
      const contextValue = { ...kartotek.api.contextOf(caller), signal: abort.signal }
      const schema = kartotek.api.schema(contextValue.reading.generation, contextValue.access)
      const document = parse(source)
      const stream = validate(schema, document).length ? null : await subscribe({ schema, document, variableValues: variables, contextValue })
      if (!stream || !(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream ?? validate(schema, document)))
      const heard: unknown[] = []
      const running = (async () => { for await (const { data, errors } of stream) heard.push(JSON.parse(JSON.stringify(errors ? { errors } : data))) })()
      return { heard, async stop() { abort.abort(); await running } }
    },
    drain: () => kartotek.jobs.drain({ deliveries: 2 }),
    async uninstall(plugin, { data }) {
      await close()
      if (data === 'keep') return
      await dropHoldings(db, plugin)
      const plain = await testCrm({ plugins: (options.plugins ?? []).filter((p) => typeof p === 'string' || p.id !== plugin), work: options.work })
      try {
        const left = await leftovers(db, plain.kartotek.db)
        if (left.length) throw new Error(`The plugin ${plugin} left behind:\n${left.join('\n')}`)
      } finally {
        await plain.close()
        await plain.kartotek.db.close()
      }
    },
    close,
  }
  return crm
}

const sound = new WeakMap<GraphQLSchema, Map<string, DocumentNode>>()
/** What is sound is kept with its schema, as the server does it: tests ask the same many times. */
function validated(schema: GraphQLSchema, source: string): { document: DocumentNode, problems: readonly GraphQLError[] } {
  const kept = sound.get(schema) ?? new Map<string, DocumentNode>()
  sound.set(schema, kept)
  const known = kept.get(source)
  if (known) return { document: known, problems: [] }
  const document = parse(source)
  const problems = validate(schema, document)
  if (!problems.length) kept.set(source, document)
  return { document, problems }
}

/** Gives plugins their settings before they start, as they would be at the second start of an installation. */
async function configure(db: Database, plugins: readonly (string | PluginDefinition)[], values: Record<string, Record<string, unknown>>): Promise<void> {
  if (!Object.keys(values).length) return
  const settings = new Settings(db, new SecretBox(TEST_SECRET))
  for (const [id, given] of Object.entries(values)) {
    const loaded = await Promise.all(plugins.map(async (one) => (typeof one === 'string' ? loadPlugin(one, process.cwd(), 10_000) : one)))
    const plugin = loaded.find((one) => one.id === id)
    if (!plugin?.settings) throw new Error(`There is no plugin ${id} with settings among the plugins of this test.`)
    settings.define(id, plugin.settings)
    await settings.updatePlugin(id, given, null)
  }
}
