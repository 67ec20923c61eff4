import { expect, it } from 'vitest'
import { s } from '@kartotek/sdk'
import { compileSettings, secretPaths } from './schema.ts'

const settings = s.object({
  baseUrl: s.url(), apiKey: s.secret(), ringSeconds: s.integer({ default: 25, min: 5, max: 120 }), mode: s.option(['fast', 'slow'], { default: 'fast' }),
  note: s.optional(s.string()), limits: s.object({ perMinute: s.number({ default: 1.5 }) }), tags: s.array(s.string(), { default: [], max: 2 }), contact: s.optional(s.email()), owner: s.optional(s.id()), free: s.optional(s.any()),
})
const values = { baseUrl: 'https://pbx.example', apiKey: 'k' }

it('settings made by the SDK get their defaults, also of groups that were left out', () => {
  expect(compileSettings(settings)(values)).toEqual({ ...values, ringSeconds: 25, mode: 'fast', limits: { perMinute: 1.5 }, tags: [] })
  expect(secretPaths(settings)).toEqual(['apiKey'])
})

it.each([
  [{ apiKey: 'k' }, 'baseUrl', 'required'], [{ ...values, baseUrl: 'ftp://x' }, 'baseUrl', 'pattern'], [{ ...values, ringSeconds: 4 }, 'ringSeconds', 'min'],
  [{ ...values, ringSeconds: 5.5 }, 'ringSeconds', 'type'], [{ ...values, mode: 'other' }, 'mode', 'option'], [{ ...values, extra: 1 }, 'extra', 'unknown'],
  [{ ...values, tags: ['a', 'b', 'c'] }, 'tags', 'maxItems'], [{ ...values, contact: 'x' }, 'contact', 'format'], [{ ...values, owner: 'x' }, 'owner', 'format'],
])('%o is refused at %s by the rule %s', (given, field, rule) => {
  expect(() => compileSettings(settings)(given)).toThrow(expect.objectContaining({ fields: [expect.objectContaining({ field, rule })] }))
})
