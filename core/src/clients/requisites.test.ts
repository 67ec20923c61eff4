import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const admin = await crm.as('administrator')

async function create(input: object): Promise<unknown> {
  const { data, errors } = await crm.query(admin, 'mutation($input: ClientCreateInput!) { createClient(input: $input) { registrationNumber branchCode bankAccounts { account correspondentAccount } } }', { input: { name: 'x', ...input } })
  return errors ? (errors[0]!.extensions.fields as { field: string, rule: string }[]).map((f) => `${f.field}:${f.rule}`) : data.createClient
}
const bank = (account: string, bic: string | null, correspondentAccount?: string) => ({ bankAccounts: [{ account, bic, correspondentAccount }] })

it('refuses an account that does not belong to the bank, and keeps a doubtful one', async () => {
  expect(await create(bank('4060 2810 7000 0000 0025', '049805746'))).toMatchObject({ bankAccounts: [{ account: '40602810700000000025' }] })
  expect(await create(bank('40602810800000000025', '049805746'))).toEqual(['bankAccounts.0.account:bankAccount'])
  expect(await create(bank('40602810700000000025', '049805746', '30101810800000000747'))).toEqual(['bankAccounts.0.correspondentAccount:bankAccount'])
  expect(await create(bank('03231643457000007301', '004525988'))).toMatchObject({ bankAccounts: [{ account: '03231643457000007301' }] })
  expect(await create(bank('40602810800000000025', null))).toMatchObject({ bankAccounts: [{ account: '40602810800000000025' }] })
  expect(await create(bank('123456789', '041000014'))).toMatchObject({ bankAccounts: [{ account: '123456789' }] })
  expect(await create(bank('FI21 1234 5600 0007 86', 'NDEAFIHH'))).toEqual(['bankAccounts.0.account:iban'])
})

it('asks again where only the bank of an account changes', async () => {
  const { createClient: { id, bankAccounts: [{ id: account }] } } = await crm.ask(admin, 'mutation($input: ClientCreateInput!) { createClient(input: $input) { id bankAccounts { id } } }', { input: { name: 'x', ...bank('40602810700000000025', '049805746') } })
  const { errors } = await crm.query(admin, 'mutation($id: ID!, $input: ClientUpdateInput!) { updateClient(id: $id, input: $input) { id } }', { id, input: { bankAccounts: [{ id: account, account: '40602810700000000025', bic: '044525226' }] } })
  expect(errors).toMatchObject([{ extensions: { fields: [{ field: 'bankAccounts.0.account', rule: 'bankAccount' }] } }])
})

it('checks the numbers of registration and of the branch by the country of the client', async () => {
  const taxId = { value: '7707083893', country: 'RU' }
  expect(await create({ taxId, registrationNumber: '1 02 77 00 13219 5', branchCode: '773601001' })).toMatchObject({ registrationNumber: '1027700132195', branchCode: '773601001' })
  expect(await create({ taxId, registrationNumber: '1027700132196', branchCode: '77360100' })).toEqual(['registrationNumber:registrationNumber', 'branchCode:branchCode'])
  expect(await create({ taxId, registrationNumber: '304500116000157' })).toMatchObject({ registrationNumber: '304500116000157' })
  expect(await create({ taxId, registrationNumber: '304500116000158' })).toEqual(['registrationNumber:registrationNumber'])
  // The company is in Finland, and so is a client who does not say.
  expect(await create({ registrationNumber: '1027700132196', branchCode: 'Oulu' })).toMatchObject({ registrationNumber: '1027700132196', branchCode: 'Oulu' })
})
