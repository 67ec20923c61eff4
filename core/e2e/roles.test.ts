import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { eventually } from '../src/testing/child.ts'
import { testDatabaseUrl } from '../src/testing/index.ts'
import { killAfterEach, program, READY } from './program.ts'

const dir = mkdtempSync(join(tmpdir(), 'kartotek-roles-'))
const whereabouts = join(dir, 'whereabouts')
const shared = {
  DATABASE_URL: await testDatabaseUrl(), KARTOTEK_DATA_DIR: join(dir, 'data'), LOG_LEVEL: 'warn',
  KARTOTEK_PLUGINS: fileURLToPath(new URL('fixtures/whereabouts-plugin.ts', import.meta.url)), KARTOTEK_TEST_WHEREABOUTS: whereabouts,
}
const ADMIN = { email: 'aino@example.com', password: 'seven quiet herons' }
killAfterEach()
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** What was done, and where, however often: `{ job: ['<process id> <address>'] }`. */
const noted = (): Record<string, string[]> => {
  const lines = existsSync(whereabouts) ? readFileSync(whereabouts, 'utf8').trim().split('\n') : []
  return Object.fromEntries(Object.entries(Object.groupBy(lines, (line) => line.split(' ')[0]!)).map(([what, all]) => [what, [...new Set(all!.map((line) => line.slice(what.length + 1)))]]))
}
const statusOf = async (url: string, init?: RequestInit): Promise<number> => (await fetch(url, init)).status
const asJson = (body: object): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

it('a web node takes the requests and a worker does the work that they leave behind', async () => {
  const web = await program(['start'], { ...shared, KARTOTEK_ROLE: 'web', KARTOTEK_ADMIN_EMAIL: ADMIN.email, KARTOTEK_ADMIN_PASSWORD: ADMIN.password }, READY)
  const webUrl = READY.exec(web.said())?.[1]
  expect(webUrl, web.said()).toBeDefined()
  const cookie = (await fetch(`${webUrl}/auth/sign-in`, asJson(ADMIN))).headers.getSetCookie()[0]!.split(';')[0]!
  const ask = async (query: string, variables: object = {}) => {
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- results are whatever is asked for
    const { data, errors } = await (await fetch(`${webUrl}/graphql`, { ...asJson({ query, variables }), headers: { 'content-type': 'application/json', cookie } })).json() as { data: any, errors?: { message: string }[] }
    if (errors) throw new Error(errors[0]!.message)
    return data
  }
  // One job of each kind: of an event, of a plugin, and one that needs a file that came to the web node.
  await ask('mutation { createProduct(input: { name: "Lamp" }) { id } }')
  await ask('mutation { whereaboutsEnqueue }')
  const form = new FormData()
  form.set('file', new Blob(['name\nSofa\n']), 'products.csv')
  const upload = (await (await fetch(`${webUrl}/uploads/`, { method: 'POST', headers: { cookie }, body: form })).json() as { id: string }).id
  const { startImport } = await ask('mutation ($upload: ID!) { startImport(upload: $upload, mapping: { object: "product", fields: { name: "name" } }) { id } }', { upload })
  const importState = async (): Promise<string> => (await ask('query ($id: ID!) { import(id: $id) { state } }', { id: startImport.id })).import.state

  // While it starts, the web node has time to do what it must not.
  const worker = await program(['start'], { ...shared, KARTOTEK_ROLE: 'worker' }, READY)
  const workerUrl = READY.exec(worker.said())?.[1]
  expect(workerUrl, worker.said()).toBeDefined()
  await eventually(async () => (await importState() === 'DONE' ? true : undefined), 60)
  const done = await eventually(() => { const all = noted(); return all.job && all.event && all.stream ? all : undefined }, 60)
  // Its links lead to where people sign in.
  const [workerPid, webPid] = [worker, web].map(({ pid }) => pid)
  expect(done).toEqual({ request: [`${webPid} ${webUrl}`], job: [`${workerPid} ${webUrl}`], event: [`${workerPid} ${webUrl}`], stream: [`${workerPid} ${webUrl}`] })

  for (const path of ['/health', '/metrics']) expect([path, await statusOf(webUrl! + path), await statusOf(workerUrl! + path)]).toEqual([path, 200, 200])
  for (const path of ['/', '/sign-in', '/auth/status', '/graphql', '/graphiql', '/uploads', '/plugins/whereabouts']) expect([path, await statusOf(workerUrl! + path)]).toEqual([path, 404])
  expect(await statusOf(`${workerUrl}/auth/sign-in`, asJson(ADMIN))).toBe(404)
  expect(await statusOf(`${workerUrl}/graphql`, asJson({ query: '{ __typename }' }))).toBe(404)
  const link = await program(['user', 'link', ADMIN.email], shared)
  expect(await link.ended).toBe(0)
  expect(link.said()).toContain(`${webUrl}/`)
  expect([await worker.stop(), await web.stop()]).toEqual([0, 0])
})

it('a worker prints no link to set up the first administrator: it could not be followed', async () => {
  const worker = await program(['start'], { ...shared, DATABASE_URL: await testDatabaseUrl(), KARTOTEK_ROLE: 'worker' }, READY)
  expect(worker.said()).toMatch(READY)
  expect(worker.said()).not.toContain('Set up')
  expect(await worker.stop()).toBe(0)
})

it.each([
  [{ KARTOTEK_ROLE: 'workers' }, 'KARTOTEK_ROLE is "workers": write all, web or worker.\n'],
  [{ KARTOTEK_ROLE: 'worker', DATABASE_URL: '' }, 'KARTOTEK_ROLE is worker, but processes that share the work need one PostgreSQL: write DATABASE_URL too, or leave KARTOTEK_ROLE out.\n'],
])('%o does not start', async (env, sentence) => {
  const refused = await program(['start'], { ...shared, ...env })
  expect([await refused.ended, refused.said()]).toEqual([1, sentence])
})
