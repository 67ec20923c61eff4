import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PluginDefinition } from '@kartotek/sdk'
import { afterAll, expect, it } from 'vitest'
import { SDK_VERSION } from '../discovery.ts'
import { manifestOf } from '../static-manifest.ts'
import { checkPackage } from './check.ts'
import { tarball } from './fixtures/registry.ts'

const dir = mkdtempSync(join(tmpdir(), 'kartotek-check-'))
afterAll(() => rmSync(dir, { recursive: true }))
const label = { en: 'X' }

/** What `check` says of a package. @param code replaces `export default <definition>` */
async function check(more: object = {}, { code, json = {}, files = {}, says, ms = 60_000 }: { code?: string, json?: Record<string, unknown>, files?: Record<string, string>, says?: object, ms?: number } = {}): Promise<string[]> {
  const definition = { id: 'checked', version: '1.0.0', ...more } as PluginDefinition
  const path = join(dir, `${Math.random()}.tgz`)
  writeFileSync(path, await tarball({
    json: { name: 'checked', version: '1.0.0', type: 'module', exports: './index.js', ...json },
    files: { 'index.js': code ?? `export default ${JSON.stringify(definition)}`, 'kartotek.plugin.json': JSON.stringify(manifestOf({ ...definition, ...says }, SDK_VERSION)), ...files },
  }))
  return (await checkPackage(path, { cwd: dir, env: { HOME: dir } }, ms)).filter(({ severity }) => severity !== 'info').map(({ severity, text }) => `${severity}: ${text}`)
}

const objects = [{ name: 'novel', plural: 'novels', label, labelPlural: label, title: 'name', fields: [{ name: 'name', type: 'text', label }, { name: 'reader', type: 'reference', to: 'client', label }] }]

it('finds nothing in a sound package, with objects and types on the model of the core', async () => {
  expect(await check({
    objects, fields: { client: [{ name: 'genre', type: 'text', label }] },
    graphql: { typeDefs: 'extend type Query { checkedBest: Novel } extend type Client { checkedLast: Novel } extend type Novel { checkedSold: Int }', resolvers: {} },
    web: './web/index.js',
  }, { code: undefined, files: { 'web/index.js': 'import { ref } from "vue"; import("./tab.js"); export default ref', 'web/tab.js': 'import { defineWebPlugin } from "@kartotek/sdk/web"' } }))
    .toEqual([])
})

it.each([
  ['types that do not fit', { graphql: { typeDefs: 'extend type Nowhere { checkedBest: Int }', resolvers: {} } }, {}, /^error: Its GraphQL types do not fit: .*Nowhere/],
  ['names of others', { graphql: { typeDefs: 'extend type Query { best: Int }', resolvers: {} } }, {}, /^error: The field Query\.best must begin with checked/],
  ['an object of the core', { objects: [{ ...objects[0], name: 'client', plural: 'clients' }] }, {}, /^error: The object name "client" is taken/],
  ['code that says something else', {}, { says: { needs: { client: ['read'] } } }, /^error: Its code says something else than its kartotek\.plugin\.json \(needs\)/],
  ['a file that is not packed', {}, { code: 'import "./dist/missing.js"; export default {}' }, /^error: Importing it failed: .*missing\.js/],
  ['code that ends the process', {}, { code: 'process.exit(3)' }, /^error: Its code ended the process that imported it \(code 3\)/],
  ['a copy of a module of the host', {}, { files: { 'node_modules/vue/package.json': '{"name":"vue","version":"3.0.0"}' } }, /^error: It carries node_modules\/vue, which the host gives/],
  ['the SDK as a dependency', {}, { json: { dependencies: { '@kartotek/sdk': '^0.1.0' } } }, /^warning: @kartotek\/sdk is a dependency of it/],
  ['scripts', {}, { json: { scripts: { postinstall: 'true' } } }, /^warning: Scripts for the installation are never run: checked@1\.0\.0/],
  ['another version', {}, { json: { version: '2.0.0' } }, /^warning: package\.json says version 2\.0\.0, and the plugin says 1\.0\.0/],
  ['a web part that was not built', { web: './web/index.js' }, {}, /^error: Its web part needs web\/index\.js, which is not in the package/],
  ['a part of it that was not packed', { web: './web/index.js' }, { files: { 'web/index.js': 'export*from"./a/b.js"' } }, /^error: Its web part needs web\/a\/b\.js/],
  ['modules that the web app does not share', { web: './web/index.js' }, { files: { 'web/index.js': 'const t="from \\"x\\"";import{a as b}from"pinia";' } }, /^error: web\/index\.js imports pinia, which the web app does not share/],
  ['a copy of vue', { web: './web/index.js' }, { files: { 'web/index.js': 'const n={__v_isVNode:!0}' } }, /^error: web\/index\.js carries a copy of vue/],
  ['secrets', {}, { files: { '.env': 'KEY=1' } }, /^warning: It carries \.env/],
])('finds %s', async (_, definition, rest, finding) => {
  expect(await check(definition, rest)).toEqual([expect.stringMatching(finding)])
})

it('runs no code with what this process knows, and none for ever', async () => {
  process.env.CHECKED_SECRET = 'of the operator'
  const telling = 'if (process.env.CHECKED_SECRET) throw new Error("It sees the environment."); export default { id: "checked", version: "1.0.0" }'
  expect(await check({}, { code: telling })).toEqual([])
  // As a loop without an end does, but at rest: nothing of the process runs any more.
  expect(await check({}, { code: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)', ms: 4_000 })).toEqual([expect.stringMatching(/^error: Its code was not imported within 4 s/)])
})
