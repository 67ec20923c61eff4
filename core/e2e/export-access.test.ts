import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, it } from 'vitest'
import { exportColumns } from '../src/export/columns.ts'
import { exportFile, exportRows, exportedObject, type ExportRequest } from '../src/export/export.ts'
import { readingOf } from '../src/records/engine.ts'
import { collectCanaries, leaks, tokensIn } from './access/canaries.ts'
import { PLUGINS } from './access/plugin-part.ts'
import { makeWorld, type Person, type World } from './access/world.ts'

const core = await makeWorld()
const plugins = await makeWorld(PLUGINS)
/** What is taken out: of the core everything; of plugins their objects, and those to which they add. */
const worlds = [
  { part: 'the core', world: core, taken: null, seen: 'client' },
  { part: 'the bundled plugins', world: plugins, taken: new Set([...Object.keys(plugins.walked.objects), ...plugins.added.map(({ object }) => object)]), seen: 'conversation' },
]
afterAll(async () => { for (const { world } of worlds) await world.crm.close() })

/** Everything that a person can take out of an object, whatever his right to export. */
async function everything({ crm }: World, person: Person, name: string, more: Partial<ExportRequest> = {}): Promise<string> {
  const reading = readingOf(crm.kartotek.engine, person.caller)
  const columns = exportColumns(reading, exportedObject(reading, name)).map((column) => column.key)
  const request: ExportRequest = { object: name, columns: columns.slice(0, 200), format: 'csv', archived: 'ALL', ...more }
  return text(exportFile(reading, request, exportRows(async () => reading, request)))
}

describe.each(worlds)('exports of $part', ({ world, taken, seen }) => {
  const visible = (person: Person): string[] => {
    const reading = readingOf(world.crm.kartotek.engine, person.caller)
    return [...reading.generation.model.objects.values()].filter((object) => reading.access.scope(object, 'read') !== 'none' && (taken?.has(object.name) ?? true)).map((object) => object.name)
  }

  it('tell nobody in a file what he may not see', { timeout: 300_000 }, async () => {
    const canaries = await collectCanaries(world)
    for (const person of world.people) {
      for (const name of visible(person)) {
        const content = await everything(world, person, name) + (world.records.some((record) => record.object === name) ? await everything(world, person, name, { archived: 'TRASHED' }) : '')
        expect([person.name, name, leaks(person, canaries, content)]).toEqual([person.name, name, []])
        const own = world.records.filter((record) => record.object === name && person.sees(record))
        for (const record of own) expect([person.name, record.key, content.includes(record.id)]).toEqual([person.name, record.key, true])
      }
    }
  })

  it('have what the administrator sees, or the walk would prove nothing', async () => {
    const canaries = await collectCanaries(world)
    const content = await everything(world, world.person('administrator'), seen)
    expect([...tokensIn(content)].filter((token) => canaries.has(token)).length).toBeGreaterThan(20)
    if (taken) expect(visible(world.person('manager'))).toEqual(expect.arrayContaining(['call', 'missedCall', 'callList', 'callListItem', 'conversation', 'message', 'timelineEntry', 'task']))
  })
})

it('knows no column by a path that is closed', async () => {
  const closed = [
    [core, ['client', 'name'], ['client', 'owner'], ['order', 'client.kind'], ['client', 'custom.hush'], ['order', 'total.currency'], ['client', 'contactPoints.phone'], ['client', 'owner.email'], ['user', 'email'], ['client', 'search'], ['client', '__proto__']],
    [plugins, ['call', 'number'], ['call', 'heading'], ['message', 'text'], ['message', 'heading'], ['conversation', 'lastText'], ['conversation', 'phone'], ['timelineEntry', 'messengers.text'], ['timelineEntry', 'telephony.heading'], ['user', 'telephony.extension'], ['callListItem', 'list.script']],
  ] as const
  for (const [world, ...columns] of closed) {
    for (const [object, column] of columns) {
      const reading = readingOf(world.crm.kartotek.engine, world.person('restricted').caller)
      const request: ExportRequest = { object, columns: [column], format: 'csv' }
      await expect(exportRows(async () => reading, request).next(), `${object}.${column}`).rejects.toThrow(`no field "${column}"`)
    }
  }
})
