import { parse, subscribe } from 'graphql'
import { afterAll, expect, it } from 'vitest'
import { SYSTEM_CALLER } from '../src/access/caller.ts'
import { objectOf } from '../src/model/model.ts'
import { writeRecords } from '../src/records/write/batch.ts'
import { write } from '../src/records/write/writing.ts'
import { eventually } from '../src/testing/child.ts'
import { listen, type Listener } from './access/subscribing.ts'
import { makeWorld, word } from './access/world.ts'

const world = await makeWorld()
const { crm } = world
const { api, engine } = crm.kartotek
afterAll(() => crm.close())

const update = (object: string, id: string, input: Record<string, unknown>) => write(engine, SYSTEM_CALLER, { passGates: true }, async (w) => {
  const [result] = await writeRecords(w, objectOf(w.generation.model, object), [{ op: 'update', id, input }])
  if (!result!.ok) throw result!.error
})

it('tells each subscriber of what he may see, with the fields that he may read, and of nothing else', async () => {
  const listeners = await Promise.all(world.people.map((person) => listen(world, person)))
  const said: { word: string, field: string, record: (typeof world.records)[number] }[] = []
  const live = world.records.filter((r) => !/^(archived|trashed)_/.test(r.key))
  for (const record of live) {
    const field = { client: 'name', contact: 'hobbies', order: 'comment', product: 'category', xGadget: 'name', probeNote: 'text', team: 'note', user: 'jobTitle' }[record.object]
    if (!field) continue
    const text = word()
    said.push({ word: text, field: `${record.object}.${field}`, record })
    await update(record.object, record.id, { [field]: text })
  }
  const hears = (listener: Listener, text: string): boolean => listener.heard.some((event) => event.includes(text))
  const admin = listeners.find((l) => l.person.name === 'administrator')!
  await eventually(() => said.every(({ word: text }) => hears(admin, text)) || undefined, 60)
  for (const listener of listeners.filter((l) => l.person.name !== 'plugin' && l.person.name !== 'nothing' && l.person.name !== 'office')) {
    const due = said.filter(({ record, field }) => listener.person.sees(record) && !listener.person.denied.has(field))
    expect(due.length, listener.person.name).toBeGreaterThan(0)
    await eventually(() => due.every(({ word: text }) => hears(listener, text)) || undefined, 60)
  }
  for (const listener of listeners) {
    const leaked = said.filter(({ word: text, record, field }) => hears(listener, text) && (!listener.person.sees(record) || listener.person.denied.has(field)))
    expect(leaked.map((l) => `${listener.person.name} heard ${l.field} of ${l.record.key}`)).toEqual([])
  }
  await Promise.all(listeners.map((l) => l.stop()))
})

it('tells who loses sight of a record that it is gone, and nothing of what became of it', async () => {
  const listener = await listen(world, world.person('manager'))
  const text = word()
  const id = world.id('client_M')
  await update('client', id, { owner: world.person('head_of_sales').caller.actor.userId, note: text })
  await eventually(() => listener.heard.some((event) => event.includes('"GONE"') && event.includes(id)) || undefined, 60)
  expect(listener.heard.filter((event) => event.includes(text))).toEqual([])
  await listener.stop()
})

it('ends at once when its reader leaves, without one more event', async () => {
  const { caller } = world.person('manager')
  const context = { ...api.contextOf(caller), signal: new AbortController().signal }
  const stream = await subscribe({ schema: api.schema(context.reading.generation, context.access), document: parse('subscription { clientChanged { kind } }'), contextValue: context })
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream))
  const waiting = stream.next()
  await stream.return?.(undefined)
  expect(await waiting).toMatchObject({ done: true })
})

it('refuses to watch a record that one may not see as if it did not exist', async () => {
  const { caller } = world.person('manager')
  const context = { ...api.contextOf(caller), signal: new AbortController().signal }
  const schema = api.schema(context.reading.generation, context.access)
  const attempt = async (id: string) => {
    const stream = await subscribe({ schema, document: parse(`subscription { clientChanged(id: "${id}") { kind } }`), contextValue: context })
    if (!(Symbol.asyncIterator in stream)) return stream.errors?.map((e) => e.message.replace(id, '')) ?? []
    return stream.next().then(() => ['opened'], (error: Error) => [error.message.replace(id, '')])
  }
  expect(await attempt(world.id('client_X'))).toEqual(await attempt('01a1ffcc-2ef1-7e6c-acef-c7fe16074452'))
})
