// Each `@example` of the SDK is what an author may copy: it is compiled as he would compile it, and runs.
import { pathToFileURL } from 'node:url'
import { testCrm } from '@kartotek/core/testing'
import type { PluginDefinition } from '@kartotek/sdk'
import { describe, expect, it } from 'vitest'
import { problemsOf, writeExamples } from './examples.ts'

const { examples, sourceOf } = writeExamples()
const modules: { name: string, given: { default?: unknown }, failure?: unknown }[] = []
// Web examples are compiled only: what they import is answered by the app, in a browser.
for (const { name, module } of examples.filter(({ web }) => !web)) {
  await import(pathToFileURL(module).href).then((given: object) => modules.push({ name, given }), (failure: unknown) => modules.push({ name, given: {}, failure }))
}
const isPlugin = (value: unknown): value is PluginDefinition => typeof value === 'object' && value !== null && 'id' in value && 'version' in value
const plugins = modules.flatMap(({ name, given: { default: plugin } }) => (isPlugin(plugin) ? [{ name, plugin }] : []))

describe('the examples of the SDK', () => {
  it('compile, by the names under which the SDK is published', async () => {
    expect(examples.length).toBeGreaterThan(60)
    expect(await problemsOf(sourceOf)).toEqual([])
  })

  it('can be imported', () => {
    expect(modules.filter(({ failure }) => failure)).toEqual([])
  })

  it('are plugins that a core starts and that do their work, where they are plugins', async () => {
    const ids = plugins.map(({ plugin }) => plugin.id)
    expect(plugins.length).toBeGreaterThan(20)
    // One core for all of them: each has an id of its own.
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
    const crm = await testCrm({ plugins: plugins.map(({ plugin }) => plugin), work: false, clock: '2026-03-02T01:00:00Z' })
    try {
      const states = new Map(crm.kartotek.host.states.map((state) => [state.id, state]))
      expect(plugins.map(({ name, plugin }) => ({ name, ...states.get(plugin.id) })).filter(({ state }) => state !== 'running' && state !== 'unconfigured')).toEqual([])

      // A day passes in which things happen: handlers, guards, computations, schedules and jobs do what they show.
      const admin = await crm.as('administrator')
      const { createClient: client } = await crm.ask(admin, 'mutation { createClient(input: { name: "Aino Oy", kind: "organisation" }) { id } }') as { createClient: { id: string } }
      const { createOrder: order } = await crm.ask(admin, 'mutation ($client: ID!) { createOrder(input: { subject: "Doors", client: $client, orderedOn: "2026-03-02" }) { id paymentTerms { payBy } } }', { client: client.id }) as { createOrder: { id: string, paymentTerms: { payBy: string } } }
      expect(order.paymentTerms.payBy).toBe('2026-03-16')
      await crm.clock.advance({ days: 1 })
      const { ran, failed } = await crm.drain()
      expect(ran).toBeGreaterThan(5)
      const alone = plugins.filter(({ plugin }) => !plugin.outbound?.length).map(({ plugin }) => plugin.id)
      expect(failed.filter(({ queue }) => alone.some((id) => queue.startsWith(`${id}.`)))).toEqual([])
    } finally {
      await crm.close()
    }
  })
})
