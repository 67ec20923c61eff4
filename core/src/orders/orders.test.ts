import { afterAll, describe, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')
const ORDER = 'id number currency total { amount currency } lines { id text price { amount currency } }'
const create = async (input: object) => (await crm.ask(admin, `mutation ($input: OrderCreateInput!) { createOrder(input: $input) { ${ORDER} } }`, { input })).createOrder
const update = (id: string, input: object) => crm.query(admin, `mutation ($id: ID!, $input: OrderUpdateInput!) { updateOrder(id: $id, input: $input) { ${ORDER} } }`, { id, input })
const line = (amount: string, currency?: string) => ({ text: 'Tea', price: { amount, ...(currency ? { currency } : {}) } })

describe('the currency of an order', () => {
  it('changes only together with the lines', async () => {
    const { id } = await create({ currency: 'EUR', lines: [line('5')] })
    expect((await update(id, { currency: 'USD' })).errors).toMatchObject([{ extensions: { fields: [{ field: 'currency', rule: 'currencyOfLines', message: expect.stringContaining('EUR') }] } }])
    expect((await update(id, { currency: 'USD', lines: [line('6')] })).data.updateOrder).toMatchObject({ currency: 'USD', total: { amount: '6.00', currency: 'USD' }, lines: [{ price: { currency: 'USD' } }] })
    expect((await update(id, { currency: null })).errors).toMatchObject([{ extensions: { fields: [{ rule: 'currencyOfLines' }] } }])
  })

  it('changes alone where there are none, and without one is that of the company', async () => {
    const { id } = await create({ currency: 'EUR' })
    expect((await update(id, { currency: 'USD' })).data.updateOrder).toMatchObject({ currency: 'USD', total: { amount: '0.00', currency: 'USD' } })
    expect((await update(id, { currency: null })).data.updateOrder).toMatchObject({ currency: 'EUR', total: { amount: '0.00', currency: 'EUR' } })
    expect((await update(id, { lines: [line('3')] })).data.updateOrder.total).toEqual({ amount: '3.00', currency: 'EUR' })
  })
})

it('an order keeps a number', async () => {
  const { id, number } = await create({ subject: 'Numbered' })
  for (const empty of [null, '', ' ']) expect((await update(id, { number: empty })).errors).toMatchObject([{ extensions: { fields: [{ field: 'number', rule: 'required' }] } }])
  expect((await update(id, { number: 'A-1' })).data.updateOrder.number).toBe('A-1')
  expect(Number(number)).toBeGreaterThan(0)
})
