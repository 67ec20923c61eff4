import { text } from 'node:stream/consumers'
import { afterAll, expect, it } from 'vitest'
import { exportColumns } from '../src/export/columns.ts'
import { exportFile, exportRows, exportedObject, type ExportRequest } from '../src/export/export.ts'
import { readingOf } from '../src/records/engine.ts'
import { collectCanaries, leaks, tokensIn } from './access/canaries.ts'
import { makeWorld, type Person } from './access/world.ts'

const world = await makeWorld()
const { engine } = world.crm.kartotek
const canaries = await collectCanaries(world)
afterAll(() => world.crm.close())

const visible = (person: Person): string[] => {
  const reading = readingOf(engine, person.caller)
  return [...reading.generation.model.objects.values()].filter((object) => reading.access.scope(object, 'read') !== 'none').map((object) => object.name)
}

/** Everything that a person can take out of an object, whatever his right to export. */
async function everything(person: Person, name: string, more: Partial<ExportRequest> = {}): Promise<string> {
  const reading = readingOf(engine, person.caller)
  const columns = exportColumns(reading, exportedObject(reading, name)).map((column) => column.key)
  const request: ExportRequest = { object: name, columns: columns.slice(0, 200), format: 'csv', archived: 'ALL', ...more }
  return text(exportFile(reading, request, exportRows(async () => reading, request)))
}

it('tells nobody in a file what he may not see', { timeout: 300_000 }, async () => {
  for (const person of world.people) {
    for (const name of visible(person)) {
      const content = await everything(person, name) + (world.records.some((record) => record.object === name) ? await everything(person, name, { archived: 'TRASHED' }) : '')
      expect([person.name, name, leaks(person, canaries, content)]).toEqual([person.name, name, []])
      const own = world.records.filter((record) => record.object === name && person.sees(record))
      for (const record of own) expect([person.name, record.key, content.includes(record.id)]).toEqual([person.name, record.key, true])
    }
  }
})

it('has what the administrator sees, or the walk would prove nothing', async () => {
  const content = await everything(world.person('administrator'), 'client')
  expect([...tokensIn(content)].filter((token) => canaries.has(token)).length).toBeGreaterThan(20)
})

it('knows no column by a path that is closed', async () => {
  const restricted = world.person('restricted')
  for (const [object, column] of [['client', 'name'], ['client', 'owner'], ['order', 'client.kind'], ['client', 'custom.hush'], ['order', 'total.currency'], ['client', 'contactPoints.phone'], ['client', 'owner.email'], ['user', 'email'], ['client', 'search'], ['client', '__proto__']] as const) {
    const reading = readingOf(engine, restricted.caller)
    const request: ExportRequest = { object, columns: [column], format: 'csv' }
    await expect(exportRows(async () => reading, request).next(), `${object}.${column}`).rejects.toThrow(`no field "${column}"`)
  }
})
