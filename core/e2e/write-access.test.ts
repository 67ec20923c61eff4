import { afterAll, describe, expect, it } from 'vitest'
import { asking, bare } from './access/asking.ts'
import { collectCanaries, leaks, modelCanaries, type Canaries } from './access/canaries.ts'
import { PLUGINS } from './access/plugin-part.ts'
import { hiddenRecords, ownWrites, takenValues } from './access/probes.ts'
import { makeWorld } from './access/world.ts'

const worlds = [['the core', await makeWorld()], ['the bundled plugins', await makeWorld(PLUGINS)]] as const
afterAll(async () => { for (const [, world] of worlds) await world.crm.close() })

const IDS = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** Of the plugins: one person of each way of rights; what the engine does alike for all objects is seen with those of the core. */
const OF_PLUGINS = ['administrator', 'manager', 'sharee', 'restricted', 'narrowed_token']

describe.each(worlds)('records of %s', (part, world) => {
  const { schemaOf, answer } = asking(world)
  const people = world.people.filter(({ name }) => part === 'the core' || OF_PLUGINS.includes(name)).map((p) => [p.name, p] as const)

  async function canariesNow(): Promise<Canaries> {
    const canaries = await collectCanaries(world)
    modelCanaries(world, canaries)
    return canaries
  }

  describe.each(people)('%s', (_name, person) => {
    it('is answered about hidden records as about those that do not exist', async () => {
      const alike = async (source: string): Promise<string> => bare((await answer(person, source)).replace(IDS, 'ID'))
      for (const [hidden, invented] of hiddenRecords(world, person, schemaOf(person))) expect([hidden, await alike(hidden)]).toEqual([hidden, await alike(invented)])
    }, 180_000)

    it('is told nothing by writing what he may write', async () => {
      const canaries = await canariesNow()
      for (const source of ownWrites(world, person, schemaOf(person))) {
        const text = await answer(person, source)
        expect({ source, leaks: leaks(person, canaries, text, source), internal: text.includes('"INTERNAL"') && text }).toEqual({ source, leaks: [], internal: false })
      }
    }, 180_000)
  })

  describe.each(people)('%s', (_name, person) => {
    it('is answered about values of hidden records as about values that nobody has', async () => {
      for (const source of takenValues(world, person, schemaOf(person), await canariesNow())) {
        const { data, errors } = JSON.parse(await answer(person, source)) as { data: Record<string, { results: { error: unknown }[] }>, errors?: unknown }
        expect(errors).toBeUndefined()
        const { results } = Object.values(data)[0]!
        for (let i = 0; i < results.length; i += 2) expect([source, i, results[i]]).toEqual([source, i, results[i + 1]])
      }
    })
  })

  it('probes what people of every kind see and do not see, or it would prove nothing', async () => {
    const [manager, administrator] = [world.person('manager'), world.person('administrator')]
    const probed = (queries: string[]): string[] => Object.keys(world.walked.objects).filter((name) => queries.some((query) => query.includes(`update${name[0]!.toUpperCase()}${name.slice(1)}(`)))
    const hidden = probed(hiddenRecords(world, manager, schemaOf(manager)).map(([query]) => query))
    expect(hidden.length).toBeGreaterThan(4)
    expect(probed(ownWrites(world, administrator, schemaOf(administrator)))).toEqual(expect.arrayContaining(hidden))
    expect(takenValues(world, manager, schemaOf(manager), await canariesNow()).length).toBeGreaterThan(1)
  })
})
