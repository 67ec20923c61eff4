import { afterAll, describe, expect, it } from 'vitest'
import { LOCALES } from '@kartotek/sdk'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const run = (source: string) => crm.query(admin, source)

describe('a text that holds a currency', () => {
  it('takes the codes of ISO 4217, also lately given up ones, and nothing else', async () => {
    expect((await run('mutation { a: createOrder(input: { currency: "NOK" }) { currency } b: createOrder(input: { currency: "HRK" }) { currency } }')).data).toEqual({ a: { currency: 'NOK' }, b: { currency: 'HRK' } })
    for (const code of ['XYQ', 'eur', 'rubles']) {
      const { errors } = await run(`mutation { createOrder(input: { currency: "${code}" }) { id } }`)
      expect(errors, code).toMatchObject([{ extensions: { fields: [{ field: 'currency', rule: 'currencyCode' }] } }])
    }
  })

  it('is refused in the words of the caller', async () => {
    const messages = await Promise.all(LOCALES.map(async (locale) => {
      const { errors } = await crm.query(await crm.as('administrator', { locale }), 'mutation { createOrder(input: { currency: "XYQ" }) { id } }')
      return (errors![0]!.extensions.fields as { message: string }[])[0]!.message
    }))
    expect(new Set(messages).size).toBe(LOCALES.length)
    expect(messages).toContain('There is no currency with this code. Example: EUR.')
  })

  it('can be made by an admin, and gives the money of the lists its currency there too', async () => {
    expect((await run('mutation { createField(object: "product", input: { name: "paidIn", type: text, format: currency, labels: { en: "Paid in" } }) { format } }')).data.createField).toEqual({ format: 'currency' })
    expect((await run('mutation { createProduct(input: { name: "Tea", custom: { paidIn: "XYQ" } }) { id } }')).errors![0]!.extensions.fields).toMatchObject([{ field: 'custom.paidIn', rule: 'currencyCode' }])
    expect((await run('mutation { createProduct(input: { name: "Tea", custom: { paidIn: "CNY" } }) { custom { paidIn } } }')).errors).toBeUndefined()
    expect((await run('mutation { createField(object: "product", input: { name: "amountIn", type: integer, format: currency, labels: { en: "Amount in" } }) { key } }')).errors).toMatchObject([{ message: 'A format belongs to a text field.' }])
    const { data } = await run('mutation { createOrder(input: { currency: "SEK", lines: [{ text: "Tea", price: { amount: "5" } }] }) { total { amount currency } } }')
    expect(data.createOrder.total).toEqual({ amount: '5.00', currency: 'SEK' })
  })
})

describe('places of fields', () => {
  const order = async () => ((await run('{ object(name: "product") { fields { name base } } }')).data.object.fields as { name: string, base: boolean }[]).filter((f) => !f.base).map((f) => f.name)

  it('put a field before others; those without a place follow as they were made', async () => {
    const before = await order()
    expect((await run('mutation { updateField(object: "product", field: "custom.paidIn", input: { position: 10 }) { position } }')).data.updateField.position).toBe(10)
    expect(await order()).toEqual(['paidIn', ...before.filter((name) => name !== 'paidIn')])
    await run(`mutation { updateField(object: "product", field: "${before[0]!}", input: { position: 5 }) { position } }`)
    expect((await order()).slice(0, 2)).toEqual([before[0], 'paidIn'])
    await run('mutation { createField(object: "product", input: { name: "late", type: text, labels: { en: "Late" } }) { key } }')
    expect((await order()).at(-1)).toBe('late')
  })
})

describe('a stricter rule', () => {
  it.each([
    ['decimal', '"12.5"', 'max: "10"', 'max'], ['money', '{ amount: "12.5" }', 'min: "20"', 'min'], ['date', '"2026-05-01"', 'min: "2026-06-01"', 'min'],
    ['dateTime', '"2026-05-01T10:00:00Z"', 'max: "2026-04-01T00:00:00Z"', 'max'], ['integer', '7', 'max: "5"', 'max'], ['text', '"abc"', 'minLength: 5', 'minLength'],
  ])('names the records that it would break, for %s too', async (type, value, rule, broken) => {
    const name = `strict${type}`
    await run(`mutation { createField(object: "product", input: { name: "${name}", type: ${type}, labels: { en: "Strict" } }) { key } }`)
    const made = await run(`mutation { createProduct(input: { name: "Strict ${type}", custom: { ${name}: ${value} } }) { id } }`)
    expect(made.errors).toBeUndefined()
    const plan = await run(`mutation { planFieldChange(object: "product", field: "custom.${name}", input: { ${rule} }) { ready failing rows { title rule } } }`)
    expect(plan.data.planFieldChange).toEqual({ ready: false, failing: 1, rows: [{ title: `Strict ${type}`, rule: broken }] })
  })

  it('is not met by a default outside of it', async () => {
    const { errors } = await run('mutation { createField(object: "product", input: { name: "share", type: decimal, max: "100", default: "120", labels: { en: "Share" } }) { key } }')
    expect(errors).toMatchObject([{ extensions: { fields: [{ field: 'default', rule: 'max' }] } }])
  })
})

describe('a field that is shown only where another one has some value', () => {
  const field = async (actor: typeof admin, key: string) => ((await crm.query(actor, '{ object(name: "client") { fields { key shownWhen { field in } } } }')).data.object.fields as { key: string, shownWhen: unknown }[]).find((one) => one.key === key)
  const make = (name: string, when: string) => run(`mutation { createField(object: "client", input: { name: "${name}", type: text, labels: { en: "${name}" }, shownWhen: ${when} }) { shownWhen { field in } } }`)

  it('says so in the model, and is written like any other', async () => {
    expect((await make('fleet', '{ field: "kind", in: ["person"] }')).data.createField).toEqual({ shownWhen: { field: 'kind', in: ['person'] } })
    expect((await run('mutation { createClient(input: { name: "Firm", kind: "organisation", custom: { fleet: "3 cars" } }) { custom { fleet } } }')).data.createClient.custom).toEqual({ fleet: '3 cars' })
    expect((await run('mutation { updateField(object: "client", field: "custom.fleet", input: { shownWhen: null }) { shownWhen { field in } } }')).data.updateField).toEqual({ shownWhen: null })
  })

  it.each([['gone', '{ field: "custom.gone", in: ["x"] }'], ['textual', '{ field: "name", in: ["x"] }'], ['itself', '{ field: "custom.itself", in: ["x"] }'], ['unknown', '{ field: "kind", in: ["robot"] }'], ['never', '{ field: "kind", in: [] }']])('is refused with a condition that never holds: %s', async (name, when) => {
    expect((await make(name, when)).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', fields: [{ field: 'shownWhen' }] } }])
  })

  it('is shown to those who may not know what decides, and when that is hidden', async () => {
    await run('mutation { createField(object: "client", input: { name: "secret", type: boolean, labels: { en: "Secret" } }) { key } }')
    await make('after', '{ field: "custom.secret", in: ["true"] }')
    expect(await field(admin, 'custom.after')).toMatchObject({ shownWhen: { field: 'custom.secret', in: ['true'] } })
    const kept = await crm.withRules({ objects: { '*': { read: 'all' } }, fields: { 'client.custom.secret': { read: false } }, capabilities: ['model.manage'] })
    expect(await field(kept, 'custom.after')).toEqual({ key: 'custom.after', shownWhen: null })
    const { errors } = await crm.query(kept, 'mutation { createField(object: "client", input: { name: "probe", type: text, labels: { en: "x" }, shownWhen: { field: "custom.secret", in: ["true"] } }) { key } }')
    expect(errors).toMatchObject([{ extensions: { fields: [{ field: 'shownWhen', rule: 'reference' }] } }])
    await run('mutation { hideField(object: "client", field: "custom.secret") { key } }')
    expect(await field(admin, 'custom.after')).toMatchObject({ shownWhen: null })
  })

  it('is told in words in the history of the model', async () => {
    const { data } = await run('{ changeSets(configuration: true, first: 20) { nodes { configuration { fields { label afterText } } } } }')
    const told = (data.changeSets.nodes as { configuration: { fields: { label: string, afterText: string }[] } }[]).flatMap((set) => set.configuration.fields)
    expect(told).toContainEqual({ label: expect.stringMatching(/^Shown only when · /), afterText: 'Private person' })
  })
})

it('asks for the place of meetings and for when a task comes again only where that is chosen', async () => {
  const { data } = await run('{ object(name: "task") { fields { key shownWhen { field in } } } part: object(name: "taskParticipant") { partOf { list shownWhen { field in } } } }')
  const fields = Object.fromEntries((data.object.fields as { key: string, shownWhen: unknown }[]).map((one) => [one.key, one.shownWhen]))
  expect(fields).toMatchObject({ title: null, repeat: null, place: { field: 'kind', in: ['meeting'] }, repeatDays: { field: 'repeat', in: ['weekly'] }, repeatUntil: { field: 'repeat', in: ['daily', 'weekly', 'monthly', 'yearly'] } })
  expect(data.part.partOf).toEqual([{ list: 'participants', shownWhen: { field: 'kind', in: ['meeting'] } }])
})
