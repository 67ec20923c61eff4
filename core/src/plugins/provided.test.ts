import { contract, definePlugin, NotAllowedError, s, type PluginContext } from '@kartotek/sdk'
import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

interface Greeter { greet(name: string): Promise<string>, readonly language: string }
const greeter = contract<Greeter>('greeters.greeter')

class Finnish implements Greeter {
  readonly #ctx: PluginContext<{ word: string }>
  readonly language = 'fi'
  constructor(ctx: PluginContext<{ word: string }>) { this.#ctx = ctx }
  async greet(name: string) {
    if (!name) throw new NotAllowedError('Nobody to greet.')
    return `${this.#ctx.settings.word} ${name}, says ${this.#ctx.actor.kind} through ${this.#ctx.plugin}`
  }
}

const finnish = definePlugin({
  id: 'finnish', version: '1.0.0', settings: s.object({ word: s.string({ default: 'Hei' }) }),
  provides: [greeter.by((ctx) => ctx.get(Finnish))],
})
const broken = definePlugin({ id: 'broken', version: '1.0.0', provides: [greeter.by(() => { throw new Error('no words') })], start() { throw new Error('stays away') } })
const asking = definePlugin({
  id: 'asking', version: '1.0.0',
  graphql: {
    typeDefs: 'extend type Query { askingGreetings(name: String!): [String!]! }',
    resolvers: { Query: { askingGreetings: (_, { name }: { name: string }, ctx) => Promise.all(ctx.providers(greeter).map(async ({ plugin, service }) => `${plugin} ${service.language}: ${await service.greet(name)}`)) } },
  },
})

const crm = await testCrm({ plugins: [finnish, broken, asking], work: false })
afterAll(() => crm.close())

it('finds those who keep a contract and run, each with its own settings and the rights of who asks', async () => {
  const anna = await crm.as('manager')
  expect((await crm.ask(anna, '{ askingGreetings(name: "Anna") }')).askingGreetings).toEqual(['finnish fi: Hei Anna, says user through finnish'])
})

it('hands on what it throws', async () => {
  const { errors } = await crm.query(await crm.as('manager'), '{ askingGreetings(name: "") }')
  expect(errors![0]).toMatchObject({ message: 'Nobody to greet.', extensions: { code: 'FORBIDDEN' } })
})

it('lets a plugin keep a contract several times, each a service of its own', async () => {
  const twice = definePlugin({ id: 'twice', version: '1.0.0', provides: [greeter.by((ctx) => new Finnish(ctx as never)), greeter.by((ctx) => Object.assign(new Finnish(ctx as never), { language: 'se' }))] })
  const other = await testCrm({ plugins: [twice], work: false })
  expect(other.kartotek.host.problems).toEqual([])
  expect(other.kartotek.host.providers(greeter, (await other.as('manager')).actor).map(({ service }) => service.language)).toEqual(['fi', 'se'])
  await other.close()
})
