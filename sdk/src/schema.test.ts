import { describe, expect, expectTypeOf, it } from 'vitest'
import { definePlugin, job, s, type Infer } from './index.ts'

const settings = s.object({
  baseUrl: s.url(), apiKey: s.secret({ title: { en: 'Key', fi: 'Avain' } }), ringSeconds: s.integer({ default: 25, min: 5, max: 120 }),
  mode: s.option(['fast', 'slow'], { default: 'fast', labels: { fast: { en: 'At once' } } }), toUser: s.user(), other: s.user({ default: '' }), note: s.optional(s.string()),
  limits: s.object({ perMinute: s.number({ default: 1.5 }) }), tags: s.array(s.string(), { default: [] }),
})

describe('s', () => {
  it('makes JSON Schemas that know their type', () => {
    expectTypeOf<Infer<typeof settings>>().toEqualTypeOf<{
      baseUrl: string, apiKey: string, ringSeconds: number, mode: 'fast' | 'slow', toUser: string, other: string, limits: { perMinute: number }, tags: string[], note?: string
    }>()
    expect(JSON.parse(JSON.stringify(settings))).toEqual(settings)
    expect(settings.required).toEqual(['baseUrl', 'apiKey', 'toUser'])
    expect(settings.properties).toMatchObject({ apiKey: { 'type': 'string', 'format': 'secret', 'title': 'Key', 'x-title': { en: 'Key', fi: 'Avain' } }, mode: { 'enum': ['fast', 'slow'], 'x-labels': { fast: { en: 'At once' } } }, toUser: { 'x-reference': 'user' } })
    const takes = (name: 'toUser' | 'other', value: string): boolean => new RegExp((settings.properties as Record<string, { pattern: string }>)[name]!.pattern).test(value)
    expect(['', 'x', '01a208b5-ca09-7c15-83dc-12c4a98a0043'].map((value) => [takes('toUser', value), takes('other', value)])).toEqual([[false, true], [false, false], [true, true]])
  })
})

describe('the types of a plugin', () => {
  it('are those of its settings in every handler, and of a job\'s input', () => {
    definePlugin({
      id: 'typed', version: '1.0.0', settings,
      on: { 'client.created': { id: 'one', run(events, ctx) { expectTypeOf(ctx.settings.ringSeconds).toEqualTypeOf<number>(); expectTypeOf(events[0]!.recordId).toEqualTypeOf<string>() } } },
      schedules: [{ id: 'two', cron: '0 * * * *', run(ctx) { expectTypeOf(ctx.settings.mode).toEqualTypeOf<'fast' | 'slow'>() } }],
      jobs: { fetch: job({ input: s.object({ callId: s.id(), times: s.optional(s.integer()) }), run(input) { expectTypeOf(input).toEqualTypeOf<{ callId: string, times?: number }>() } }) },
      // @ts-expect-error -- there is no such setting
      start(ctx) { void ctx.settings.missing },
    })
    // @ts-expect-error -- a default must be one of the options
    s.option(['a', 'b'], { default: 'c' })
    // @ts-expect-error -- and so must what has a label
    s.option(['a', 'b'], { labels: { c: { en: 'C' } } })
  })

  it('are open where no settings are declared, or by a JSON Schema of one\'s own', () => {
    definePlugin({ id: 'open', version: '1.0.0', settings: { type: 'object' }, start(ctx) { expectTypeOf(ctx.settings).toEqualTypeOf<Readonly<Record<string, unknown>>>() } })
  })
})
