import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import { codegen } from './codegen.command.ts'

const crm = await testCrm({ plugins: [{
  id: 'voice-mail', version: '1.0.0',
  fields: { client: [{ name: 'tone', type: 'text', label: { en: 'Tone' } }] },
  graphql: { typeDefs: 'type VoiceMailBox { unheard: Int! } extend type Query { voiceMailBox(client: ID!): VoiceMailBox! }', resolvers: { Query: { voiceMailBox: () => ({ unheard: 0 }) } } },
}] })
// Below the repository, so that the compiler finds the SDK.
const dir = mkdtempSync(fileURLToPath(new URL('../../.codegen-', import.meta.url)))
afterAll(async () => {
  rmSync(dir, { recursive: true })
  await crm.close()
})

const run = async (...args: string[]): Promise<string[]> => {
  const said: string[] = []
  await codegen.run(args, { out: (line) => { said.push(line) }, err: (line) => { said.push(line) }, env: { DATABASE_URL: crm.kartotek.db.url, KARTOTEK_DATA_DIR: crm.dataDir, KARTOTEK_SECRET: 'a secret of the tests, thirty-two characters long', LOG_LEVEL: 'silent' }, cwd: dir })
  return said
}
// Not in one go: a process that stands still with plugins in it is ended.
const compile = async (file: string): Promise<string> => {
  try {
    return (await promisify(execFile)(process.execPath, [createRequire(import.meta.url).resolve('typescript/bin/tsc'), '--ignoreConfig', '--noEmit', '--strict', '--noUncheckedIndexedAccess', '--skipLibCheck', '--allowImportingTsExtensions', '--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,esnext.disposable', '--types', 'node', join(dir, file)], { encoding: 'utf8', cwd: dir })).stdout
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

it('writes types of a running server with its own objects and plugins, which compile strictly and refuse what is not there', async () => {
  const admin = await crm.as('administrator')
  await crm.ask(admin, 'mutation { createObject(input: { name: "boat", plural: "boats", labels: { en: "Boat" }, labelsPlural: { en: "Boats" } }) { name } }')
  await crm.ask(admin, 'mutation { createField(object: "client", input: { name: "tier", type: text, labels: { en: "Tier" } }) { name } }')
  const { url } = await crm.serve()
  await run('types.ts', '--resolvers', '--url', url, '--token', await crm.token(admin))
  expect(readFileSync(join(dir, 'types.ts'), 'utf8')).toContain('Written by `kartotek codegen`')

  writeFileSync(join(dir, 'use.ts'), `
import type { Client, Resolvers, XBoat } from './types.ts'
export const tier = (client: Client): string | null | undefined => client.custom?.tier ?? client.voiceMail?.tone
export const total = (client: Client): string | undefined => client.orders?.nodes?.[0]?.total?.amount
export const name = (boat: XBoat): string | null | undefined => boat.name
export const resolvers: Resolvers = { Query: { voiceMailBox: async (_, { client }, ctx) => ({ unheard: await ctx.records.count('client', { search: client }) }) } }
`)
  expect(await compile('use.ts')).toBe('')
  writeFileSync(join(dir, 'misuse.ts'), `
import type { Client, Resolvers } from './types.ts'
export const wrong = (client: Client) => client.custom?.nothing
export const resolvers: Resolvers = { Query: { voiceMailBox: () => ({ unheard: 'none' }) } }
`)
  const told = await compile('misuse.ts')
  expect(told).toContain(`Property 'nothing' does not exist`)
  expect(told).toMatch(/'string' is not assignable to type .*'?number/)
})

it('writes those of the database by itself, and says what it cannot', async () => {
  await run('own.ts')
  expect(readFileSync(join(dir, 'own.ts'), 'utf8')).toMatch(/export type XBoat = \{/)
  await expect(run()).rejects.toThrow('Give one file')
  await expect(run('x.ts', '--url', 'http://127.0.0.1:1')).rejects.toThrow('--url and --token belong together.')
  await expect(run('x.ts', '--url', 'http://127.0.0.1:1', '--token', 'kt')).rejects.toThrow('does not answer')
  await expect(run('x.ts', '--url', (await crm.serve()).url, '--token', 'kt_wrong')).rejects.toThrow('refuses')
})
