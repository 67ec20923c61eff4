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
