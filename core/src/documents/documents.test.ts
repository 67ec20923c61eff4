import { setTimeout as sleep } from 'node:timers/promises'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { ConflictError, definePlugin, type NewFile } from '@kartotek/sdk'
import { documentTemplate, type DocumentRequest, type DocumentTemplates } from '@kartotek/sdk/contracts'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import { makeDocument, offeredDocuments, type DocumentsDeps } from './documents.ts'

const TEMPLATES = [{ key: 'offer', label: { en: 'Offer', ru: 'Предложение' }, formats: ['txt', 'html'] }, { key: 'act', label: { en: 'Act' }, formats: ['txt'], languages: ['fi'] as const }]
let templates: DocumentTemplates['templates']
let render: (request: DocumentRequest) => unknown
let asked: { signal?: AbortSignal, request?: DocumentRequest } = {}
beforeEach(() => {
  templates = ({ object }) => (object === 'client' ? TEMPLATES : [])
  render = () => ({ name: 'offer.txt', content: 'words' })
  asked = {}
})

const papers = definePlugin({
  id: 'papers', version: '1.0.0', label: { en: 'Papers', ru: 'Бумаги' },
  provides: [documentTemplate.by((ctx) => ({
    templates: (about) => templates(about),
    async render(request) {
      asked = { signal: ctx.signal, request }
      const name = (await ctx.records.get('client', request.record.id, ['name']))?.name
      const made = await render(request) as NewFile
      return typeof made?.content === 'string' ? { ...made, content: `${made.content} for ${String(name)} by ${ctx.actor.kind}` } : made
    },
  }))],
})
const broken = definePlugin({ id: 'broken', version: '1.0.0', provides: [documentTemplate.by(() => { throw new Error('secret words') })] })

const crm = await testCrm({ plugins: [papers, broken], work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const { engine, files, host, db } = crm.kartotek
const client: string = (await crm.ask(admin, 'mutation { createClient(input: { name: "Aino Oy" }) { id } }')).createClient.id
const OFFER = 'query ($id: ID!, $object: String = "client") { documentTemplates(object: $object, id: $id) { templates { plugin pluginLabel key label formats languages } problems { plugin message } } }'
const MAKE = 'mutation ($id: ID!, $template: ID = "offer", $format: String, $language: String, $plugin: ID = "papers") { makeDocument(object: "client", id: $id, plugin: $plugin, template: $template, format: $format, language: $language) { file version } }'
const make = (more: object = {}, who = admin) => crm.query(who, MAKE, { id: client, ...more })
const refusal = async (more: object = {}, who = admin) => {
  const { errors } = await make(more, who)
  return { code: errors?.[0]?.extensions.code as string, plugin: errors?.[0]?.extensions.plugin as string, message: errors?.[0]?.message }
}
/** The same functions with less patience. */
const deps: DocumentsDeps = { engine: () => engine, files: () => files, keepers: () => host.keepers(documentTemplate).filter(({ plugin }) => plugin === 'papers'), offerMs: 100, renderMs: 100 }
const order = { object: 'client', id: client, plugin: 'papers', template: 'offer' }

it('offers what plugins can make of a record, in the words of the reader, and names those that fail', async () => {
  const { documentTemplates: { templates: offered, problems } } = await crm.ask(await crm.as('administrator', { locale: 'ru' }), OFFER, { id: client })
  expect(offered).toEqual([
    { plugin: 'papers', pluginLabel: 'Бумаги', key: 'offer', label: 'Предложение', formats: ['txt', 'html'], languages: ['ru', 'uk', 'fi', 'en'] },
    { plugin: 'papers', pluginLabel: 'Бумаги', key: 'act', label: 'Act', formats: ['txt'], languages: ['fi'] },
  ])
  expect(problems).toEqual([{ plugin: 'broken', message: 'В плагине «broken» произошла ошибка; причину администратор найдёт в журнале.' }])
  const { createProduct: { id } } = await crm.ask(admin, 'mutation { createProduct(input: { name: "Boat" }) { id } }')
  expect((await crm.ask(admin, OFFER, { id, object: 'product' })).documentTemplates.templates).toEqual([])
})

it('keeps a document as a file of the record, and the same one made again as its next version; the timeline has it', async () => {
  const first = (await make()).data.makeDocument
  expect(first.version).toBe(1)
  render = () => ({ name: 'offer-2.txt', content: 'new words' })
  expect((await make()).data.makeDocument).toEqual({ file: first.file, version: 2 })
  const other = (await make({ language: 'fi' })).data.makeDocument
  expect(other.file).not.toBe(first.file)
  expect((await make({ format: 'html' })).data.makeDocument).toMatchObject({ version: 1 })
  expect((await make({ template: 'act' })).data.makeDocument.version).toBe(1)
  expect(asked.request).toMatchObject({ template: 'act', format: 'txt', locale: 'fi' })
  const { files: { nodes }, timeline } = await crm.ask(admin, 'query ($id: ID!) { files(filter: { subject: { id: { eq: $id } } }, orderBy: [{ field: createdAt }]) { nodes { id name versions { number name } } } timeline(object: "client", id: $id, first: 50) { nodes { kind heading } } }', { id: client })
  expect(nodes[0]).toEqual({ id: first.file, name: 'offer.txt', versions: [{ number: 2, name: 'offer-2.txt' }, { number: 1, name: 'offer.txt' }] })
  expect(timeline.nodes).toContainEqual({ kind: 'file', heading: 'offer.txt' })
  const [version] = (await files.versions({ ...crm.kartotek.api.contextOf(admin).reading }, [first.file])).get(first.file)!
  expect(await text(await files.open(version!))).toBe('new words for Aino Oy by user')
})

it('begins a new file where the former one is in the trash, or not to be changed by who asks', async () => {
  const { file } = (await make({ language: 'uk' })).data.makeDocument
  await crm.ask(admin, 'mutation ($id: ID!) { deleteFile(id: $id) { id } }', { id: file })
  const anew = (await make({ language: 'uk' })).data.makeDocument
  expect(anew).toEqual({ file: expect.not.stringMatching(file), version: 1 })
  const clerk = await crm.withRules({ objects: { client: { read: 'all' }, file: { read: 'all', create: 'all', update: 'own' } } })
  const own = (await make({ language: 'uk' }, clerk)).data.makeDocument
  expect(own).toEqual({ file: expect.not.stringMatching(anew.file), version: 1 })
  expect((await make({ language: 'uk' }, clerk)).data.makeDocument).toEqual({ file: own.file, version: 2 })
})

it('makes nothing of records that one does not see, for who attaches no files, or of what is not offered', async () => {
  const stranger = await crm.as('manager')
  expect(await refusal({}, stranger)).toMatchObject({ code: 'NOT_FOUND' })
  expect((await crm.query(stranger, OFFER, { id: client })).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  const reader = await crm.as('read_only')
  expect((await crm.ask(reader, OFFER, { id: client })).documentTemplates).toEqual({ templates: [], problems: [] })
  expect((await make({}, reader)).errors).toBeDefined()
  expect(await refusal({ template: 'invoice' })).toMatchObject({ code: 'INVALID_INPUT', message: 'This document cannot be made of this record.' })
  expect(await refusal({ plugin: 'nobody' })).toMatchObject({ code: 'INVALID_INPUT' })
  expect(await refusal({ format: 'pdf' })).toMatchObject({ code: 'INVALID_INPUT', message: 'The document is not made as such a file.' })
  expect(await refusal({ template: 'act', language: 'en' })).toMatchObject({ code: 'INVALID_INPUT', message: 'The document is not written in this language.' })
})

it('tells what a plugin refuses with its name, and of what breaks in it only that it did', async () => {
  render = () => { throw new ConflictError('The client has no address.') }
  expect(await refusal()).toEqual({ code: 'CONFLICT', plugin: 'papers', message: 'Papers: The client has no address.' })
  render = () => { throw new Error('password hunter2') }
  expect(await refusal()).toEqual({ code: 'UNAVAILABLE', plugin: 'papers', message: 'The plugin Papers failed; the administrator finds the cause in the log.' })
  expect(await refusal({ plugin: 'broken' })).toMatchObject({ code: 'UNAVAILABLE', plugin: 'broken' })
})

it.each([
  ['no file', undefined], ['a file without a name', { name: ' ', content: 'x' }], ['a file without contents', { name: 'a.txt' }], ['an empty one', { name: 'a.txt', content: new Uint8Array() }], ['a name that never ends', { name: 'x'.repeat(201), content: new Uint8Array([1]) }],
  ['a stream of no bytes', { name: 'a.txt', content: Readable.from([{ x: 1 }]) }], ['a stream that breaks', { name: 'a.txt', content: new Readable({ read() { this.destroy(new Error('torn')) } }) }],
])('says of a plugin that makes %s that it failed, and keeps nothing', async (_, made) => {
  render = () => made
  expect(await refusal()).toEqual({ code: 'UNAVAILABLE', plugin: 'papers', message: 'The plugin Papers failed; the administrator finds the cause in the log.' })
  expect((await db.pool.query('select 1 from core.upload')).rows).toEqual([])
})

it.each([['no list', null], ['a template without a label', [{ key: 'x', formats: ['txt'] }]], ['strange keys', [{ key: '../x', label: { en: 'X' }, formats: ['txt'] }]], ['no formats', [{ key: 'x', label: { en: 'X' }, formats: [] }]]])('names a plugin that offers %s', async (_, answer) => {
  templates = () => answer as never
  expect((await crm.ask(admin, OFFER, { id: client })).documentTemplates).toMatchObject({ templates: [], problems: [{ plugin: 'papers' }, { plugin: 'broken' }] })
})

it('waits for no plugin beyond its time, streams included, and keeps nothing of what came late', async () => {
  const late = { code: 'UNAVAILABLE', message: 'The plugin Papers did not answer within 0.1 s.' }
  render = () => new Promise(() => undefined)
  await expect(makeDocument(deps, admin, order)).rejects.toMatchObject(late)
  expect(asked.signal?.aborted).toBe(true)
  render = () => ({ name: 'a.txt', content: Readable.from((async function* () { for (;;) { yield 'x'; await sleep(5) } })()) })
  await expect(makeDocument(deps, admin, order)).rejects.toMatchObject(late)
  let give: (file: unknown) => void = () => undefined
  render = () => new Promise((resolve) => { give = resolve })
  await expect(makeDocument(deps, admin, order)).rejects.toMatchObject(late)
  give({ name: 'a.txt', content: 'too late' })
  templates = () => new Promise(() => undefined)
  expect(await offeredDocuments(deps, admin, 'client', client)).toEqual({ templates: [], problems: [{ plugin: 'papers', message: 'The plugin Papers did not answer within 0.1 s.' }] })
  expect((await db.pool.query('select 1 from core.upload')).rows).toEqual([])
})

it('keeps documents within the size of files, and takes no programs', async () => {
  const limit = files.maxBytes
  render = () => ({ name: 'a.txt', content: Readable.from((function* () { for (let left = limit + 1; left > 0; left -= 2 ** 20) yield Buffer.alloc(Math.min(left, 2 ** 20)) })()) })
  expect(await refusal()).toMatchObject({ code: 'LIMIT_EXCEEDED', plugin: 'papers', message: 'Papers: A file may have 100 MB.' })
  render = () => ({ name: 'a.exe', content: 'x' })
  expect(await refusal()).toMatchObject({ code: 'INVALID_INPUT' })
  expect((await db.pool.query('select 1 from core.upload')).rows).toEqual([])
})
