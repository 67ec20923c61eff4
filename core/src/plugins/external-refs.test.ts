import { afterAll, expect, it } from 'vitest'
import type { PluginDefinition } from '@kartotek/sdk'
import { testCrm } from '../testing/crm.ts'

const book: PluginDefinition = { id: 'book-keeping', version: '1.0.0', needs: { client: ['read'], file: ['create', 'read', 'update'] } }
const other: PluginDefinition = { id: 'other', version: '1.0.0', needs: { client: ['read'] } }
const crm = await testCrm({ plugins: [book, other], work: false })
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const { host, engine } = crm.kartotek
const { externalRefs: refs } = host.contextFor('book-keeping')
const client = async (name: string): Promise<string> => (await crm.ask(admin, 'mutation ($name: String!) { createClient(input: { name: $name, kind: "organisation" }) { id } }', { name })).createClient.id
const ref = (externalId: string, type = 'counterparty') => ({ system: '1c', type, externalId })

it('finds the record by its name there, and the names by the record; a name belongs to one', async () => {
  const [a, b] = [await client('A'), await client('B')]
  await refs.set(ref('77'), { object: 'client', id: a })
  await refs.set(ref('77', 'payer'), { object: 'client', id: a })
  expect(await refs.find(ref('77'))).toEqual({ object: 'client', id: a })
  expect(await refs.get({ object: 'client', id: a })).toEqual([ref('77'), ref('77', 'payer')])
  expect(await refs.get({ object: 'client', id: a }, 'shop')).toEqual([])
  await refs.set(ref('77'), { object: 'client', id: b })
  expect(await refs.get({ object: 'client', id: a })).toEqual([ref('77', 'payer')])
  expect(await refs.remove(ref('77'))).toBe(true)
  expect(await refs.remove(ref('77'))).toBe(false)
  expect(await refs.find(ref('77'))).toBeNull()
})

it('is not the name that another plugin gave', async () => {
  const [a, b] = [await client('Ours'), await client('Theirs')]
  const theirs = host.contextFor('other').externalRefs
  await refs.set(ref('5'), { object: 'client', id: a })
  await theirs.set(ref('5'), { object: 'client', id: b })
  expect([await refs.find(ref('5')), await theirs.find(ref('5'))]).toEqual([{ object: 'client', id: a }, { object: 'client', id: b }])
})

it('tells nothing of a record that the actor may not see', async () => {
  const id = await client('Hidden')
  await refs.set(ref('secret'), { object: 'client', id })
  const stranger = (await crm.withRules({ objects: { client: { read: 'own' } } })).actor
  const his = host.contextFor('book-keeping', stranger).externalRefs
  expect(await his.find(ref('secret'))).toBeNull()
  expect(await his.get({ object: 'client', id })).toEqual([])
  expect(await his.remove(ref('secret'))).toBe(false)
  await expect(his.set(ref('mine'), { object: 'client', id })).rejects.toThrow('There is no such record.')
  await expect(refs.set(ref('x'), { object: 'client', id: 'nothing' })).rejects.toThrow('There is no such record.')
  await expect(refs.set({ system: 'A/B', type: 'x', externalId: '1' }, { object: 'client', id })).rejects.toThrow('kebab-case')
  expect(await refs.find(ref('secret'))).toEqual({ object: 'client', id })
})

it('follows a merge and its undoing', async () => {
  const [stays, goes] = [await client('Stays'), await client('Goes')]
  await refs.set(ref('m'), { object: 'client', id: goes })
  const merge = (await crm.ask(admin, 'mutation ($a: ID!, $b: ID!) { mergeRecords(object: "client", winner: $a, loser: $b) }', { a: stays, b: goes })).mergeRecords
  expect(await refs.find(ref('m'))).toEqual({ object: 'client', id: stays })
  await crm.ask(admin, 'mutation ($id: ID!) { undoMerge(id: $id) { __typename } }', { id: merge })
  expect(await refs.find(ref('m'))).toEqual({ object: 'client', id: goes })
})

it('is told by whoever calls first, of many at once', async () => {
  const ids = await Promise.all(['p', 'q', 'r', 's'].map(client))
  await Promise.all(ids.map((id) => refs.set(ref('race'), { object: 'client', id })))
  const { rows } = await crm.kartotek.db.pool.query(`select record_id from core.external_ref where external_id = 'race'`)
  expect(rows).toHaveLength(1)
})

it('files of a plugin stand at the record like those of people, and rights hold', async () => {
  const id = await client('With papers')
  const { files } = host.contextFor('book-keeping')
  const kept = await files.attach({ object: 'client', id }, { name: 'invoice.txt', content: 'one' })
  expect((await crm.ask(admin, 'query ($id: ID!) { file(id: $id) { name subject { object id } versions { number name } } }', { id: kept.id })).file).toEqual({ name: 'invoice.txt', subject: { object: 'client', id }, versions: [{ number: 1, name: 'invoice.txt' }] })
  const timeline = await crm.ask(admin, 'query ($id: ID!) { timeline(object: "client", id: $id) { nodes { __typename } } }', { id })
  expect(timeline.timeline.nodes.length).toBeGreaterThan(0)
  expect(await files.addVersion(kept.id, { name: 'invoice.txt', content: new TextEncoder().encode('two, and more') })).toEqual({ id: kept.id, version: 2 })
  const text = async (version?: number): Promise<string> => {
    const parts: Buffer[] = []
    for await (const part of (await files.open(kept.id, version)).content) parts.push(Buffer.from(part as Buffer))
    return Buffer.concat(parts).toString()
  }
  expect([await text(), await text(1)]).toEqual(['two, and more', 'one'])
  await expect(files.attach({ object: 'client', id }, { name: 'empty.txt', content: '' })).rejects.toThrow('The file is empty.')
  const stranger = host.contextFor('book-keeping', (await crm.withRules({ objects: { client: { read: 'own' }, file: { read: 'own', create: 'all' } } })).actor).files
  await expect(stranger.open(kept.id)).rejects.toThrow('There is no such file.')
  await expect(stranger.attach({ object: 'client', id }, { name: 'x.txt', content: 'x' })).rejects.toThrow()
  const unneeded = host.contextFor('other').files
  await expect(unneeded.attach({ object: 'client', id }, { name: 'x.txt', content: 'x' })).rejects.toThrow()
  expect((await engine.db.selectFrom('core.upload').select('id').execute())).toEqual([])
})

it('a file that is too large is given up while it comes', async () => {
  await crm.ask(admin, 'mutation { updatePluginSettings(plugin: "files", values: { maxMegabytes: 1 }) { plugin } }').catch(async () => crm.kartotek.settings.updatePlugin('files', { maxMegabytes: 1 }, null))
  const { files } = host.contextFor('book-keeping')
  let given = 0
  async function* endless() { for (;;) { given++; yield Buffer.alloc(64 * 1024) } }
  const { Readable } = await import('node:stream')
  await expect(files.attach({ object: 'client', id: await client('Large') }, { name: 'x.bin', content: Readable.from(endless()) })).rejects.toThrow('A file may have 1 MB.')
  expect(given).toBeLessThan(100)
})
