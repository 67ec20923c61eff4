import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { plugin } from '../cli/plugin.command.ts'
import { testCrm } from '../testing/crm.ts'
import { MANIFEST_FILE } from './static-manifest.ts'

const root = mkdtempSync(join(tmpdir(), 'kartotek-packed-'))
afterAll(() => rmSync(root, { recursive: true }))

let folder: string, count = 0
/** Code of the plugin; that it ran is noted in a variable of the process. */
const code = (more = '') => `globalThis.packedRuns = (globalThis.packedRuns ?? 0) + 1
export default { id: 'packed', version: '1.2.0', label: { en: 'Packed' }, jobs: { pack: { run() {} } }, ${more} }`
const ran = (): number => (globalThis as { packedRuns?: number }).packedRuns ?? 0

beforeEach(() => {
  folder = join(root, `p${++count}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: `packed-${count}`, type: 'module', exports: './index.js' }))
  writeFileSync(join(folder, 'index.js'), code())
})

async function build(): Promise<Record<string, any>> { // eslint-disable-line @typescript-eslint/no-explicit-any
  await plugin.run(['build', folder], { out: () => undefined, err: () => undefined, env: {}, cwd: root })
  return JSON.parse(readFileSync(join(folder, MANIFEST_FILE), 'utf8'))
}
const rewrite = (change: (manifest: Record<string, any>) => void): void => { // eslint-disable-line @typescript-eslint/no-explicit-any
  const file = join(folder, MANIFEST_FILE)
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  change(manifest)
  writeFileSync(file, JSON.stringify(manifest))
}
async function started() {
  const crm = await testCrm({ plugins: [folder], work: false })
  await crm.close()
  return crm.kartotek.host.states[0]!
}

it('is written by the build, and a plugin that agrees with it runs', async () => {
  expect(await build()).toMatchObject({ format: 1, plugin: { id: 'packed', version: '1.2.0', jobs: { pack: {} } } })
  const state = await started()
  expect(state).toMatchObject({ id: 'packed', version: '1.2.0', cause: null })
})

it('keeps code from being run that is not compatible', async () => {
  await build()
  rewrite((manifest) => { manifest.plugin.compat = { sdk: '^99.0' } })
  const before = ran()
  expect(await started()).toMatchObject({ id: 'packed', state: 'failed', step: 'compatible', cause: expect.stringContaining('^99.0') })
  expect(ran()).toBe(before)
})

it('refuses code that says something else', async () => {
  await build()
  rewrite((manifest) => { delete manifest.plugin.jobs; manifest.plugin.needs = { client: ['read'] } })
  expect(await started()).toMatchObject({ state: 'failed', step: 'loaded', cause: expect.stringMatching(/something else .*\((jobs, needs|needs, jobs)\)/) })
})

it.each([
  ['is no JSON', '{', /is no JSON/],
  ['is of another format', '{"format": 7, "plugin": {}}', /another kind/],
  ['names no plugin', '{"format": 1, "sdk": "0.1.0", "plugin": {"id": "No Id", "version": "1.0.0"}}', /unsound: The id "No Id"/],
])('that %s stops the plugin before its code runs', async (_, text, cause) => {
  writeFileSync(join(folder, MANIFEST_FILE), text)
  const before = ran()
  expect(await started()).toMatchObject({ state: 'failed', step: 'discovered', cause: expect.stringMatching(cause) })
  expect(ran()).toBe(before)
})

it('is not written for what is no sound plugin', async () => {
  writeFileSync(join(folder, 'index.js'), code('needs: { client: ["burn"] }'))
  await expect(build()).rejects.toThrow(/burn/)
})
