// The types that authors do not write: each is told by what they declare. The compiler checks this file; the tests only hold it.
import { describe, expectTypeOf, it } from 'vitest'
import { contract, definePlugin, job, loader, s, webhook, type Infer, type PluginContext, type Provider } from './index.ts'
import { telephonyProvider, type TelephonyProvider } from './contracts/index.ts'

const settings = s.object({ url: s.url(), ring: s.integer({ default: 25 }), mode: s.option(['soft', 'loud']), note: s.optional(s.string()), days: s.array(s.integer()) })
type Settings = Infer<typeof settings>

describe('what is declared is known', () => {
  it('of a schema', () => {
    expectTypeOf<Settings>().toEqualTypeOf<{ url: string, ring: number, mode: 'soft' | 'loud', days: number[], note?: string }>()
    expectTypeOf<Infer<ReturnType<typeof s.any>>>().toBeUnknown()
    // @ts-expect-error a default is one of the options
    s.option(['a', 'b'], { default: 'c' })
    // @ts-expect-error a secret has no default
    s.secret({ default: 'x' })
  })

  it('of settings, in every handler', () => {
    definePlugin({
      id: 'a', version: '1.0.0', settings,
      start: (ctx) => { expectTypeOf(ctx.settings).toEqualTypeOf<Readonly<Settings>>() },
      schedules: [{ id: 'x', cron: '0 * * * *', run: (ctx) => { expectTypeOf(ctx.settings.mode).toEqualTypeOf<'soft' | 'loud'>() } }],
      on: { 'client.created': { id: 'x', run: (events, ctx) => {
        expectTypeOf(events[0]!.recordId).toBeString()
        expectTypeOf(ctx.settings.ring).toBeNumber()
        // @ts-expect-error no such setting
        void ctx.settings.tone
      } } },
      guards: { 'client.update': { id: 'x', run: (records, ctx) => { expectTypeOf(records).toBeArray(); expectTypeOf(ctx.settings.url).toBeString() } } },
      graphql: { typeDefs: '', resolvers: { Query: { a: (_, __, ctx) => { expectTypeOf(ctx.settings.days).toEqualTypeOf<number[]>() } } } },
    })
    // @ts-expect-error no such part of a plugin
    definePlugin({ id: 'a', version: '1.0.0', jobz: {} })
  })

  it('of the input of a job and of a webhook', () => {
    job({ input: s.object({ id: s.id(), times: s.optional(s.integer()) }), run: (input) => { expectTypeOf(input).toEqualTypeOf<{ id: string, times?: number }>() } })
    webhook({
      path: '/x', verify: webhook.hmac<Settings>({ header: 'x', secret: 'url' }), input: s.object({ type: s.option(['a', 'b']) }),
      idempotencyKey: (event) => { expectTypeOf(event.type).toEqualTypeOf<'a' | 'b'>(); return event.type },
      run: (event) => { expectTypeOf(event).toEqualTypeOf<{ type: 'a' | 'b' }>() },
    })
    // @ts-expect-error the secret is one of the settings
    webhook.hmac<Settings>({ header: 'x', secret: 'password' })
    // @ts-expect-error a rate counts within a second, a minute or an hour
    job({ input: s.object({}), rate: { per: 'day', max: 1 }, run: () => undefined })
  })

  it('of a loader', (_, ctx = null as unknown as PluginContext<Settings>) => {
    const rings = loader<string, { seconds: number }, Settings>({ run: async (keys, { settings: { ring } }) => {
      expectTypeOf(keys).toEqualTypeOf<readonly string[]>()
      return new Map(keys.map((key) => [key, { seconds: ring }]))
    } })
    const asked = () => ctx.load(rings, 'id')
    expectTypeOf(asked).returns.resolves.toEqualTypeOf<{ seconds: number } | null>()
    // @ts-expect-error its keys are texts
    const wrong = () => ctx.load(rings, 7)
    void wrong
    // @ts-expect-error it gives what it says
    loader<string, number>({ run: (keys) => Promise.resolve(new Map(keys.map((key) => [key, key]))) })
  })

  it('of settings that are tried out', () => {
    s.object({ url: s.url(), ring: s.integer({ default: 25 }) }, { check: (values, ctx) => {
      expectTypeOf(values).toEqualTypeOf<Readonly<{ url: string, ring: number }>>()
      expectTypeOf(ctx.settings.ring).toBeNumber()
    } })
    // @ts-expect-error what another system answers is no verdict
    s.object({ url: s.url() }, { check: ({ url }, ctx) => ctx.fetch(url) })
  })

  it('of a contract', (_, ctx = null as unknown as PluginContext) => {
    const rating = contract<{ rate(call: string): Promise<number> }>('rating.calls')
    const asked = () => [ctx.providers(telephonyProvider), ctx.providers(rating)] as const
    expectTypeOf(asked).returns.toEqualTypeOf<readonly [Provider<TelephonyProvider>[], Provider<{ rate(call: string): Promise<number> }>[]]>()
    // @ts-expect-error who keeps it has what it promises
    rating.by(() => ({ rates: () => 1 }))
  })
})
