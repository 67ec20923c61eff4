import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { distribute } from './distribute.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())
const { engine } = crm.kartotek

let admin: Caller, anna: Caller, boris: Caller
const one = crm.ask
const arrived = async (input: Record<string, unknown>): Promise<{ client: { id: string } | null, contact: { id: string } | null, owner: { id: string } | null, codes: string[], texts: string[] }> => {
  const { id } = (await one(admin, 'mutation ($input: IncomingInput!) { receiveIntake(input: $input) { id } }', { input: { channel: 'api', ...input } })).receiveIntake
  await distribute({ engine, country: () => 'FI' }, id)
  const { intakeItem, intakeDecisions } = await one(admin, 'query ($id: ID!) { intakeItem(id: $id) { client { id } contact { id } owner { id } } intakeDecisions(id: $id) { code text } }', { id })
  return { ...intakeItem, codes: intakeDecisions.map((d: { code: string }) => d.code), texts: intakeDecisions.map((d: { text: string }) => d.text) }
}
const created = async (caller: Caller, object: 'Client' | 'Contact' | 'Order', input: Record<string, unknown>): Promise<string> => (await one(caller, `mutation ($input: ${object}CreateInput!) { made: create${object}(input: $input) { id } }`, { input })).made.id
const phone = (value: string): object[] => [{ kind: 'phone', value }]
const away = (who: Caller) => one(admin, 'mutation ($owner: ID) { createAbsence(input: { owner: $owner, firstDay: "2020-01-01", lastDay: "2099-01-01" }) { id } }', { owner: who.actor.userId })
const duplicates = (input: object) => one(admin, 'mutation ($input: DuplicateSettingsInput!) { updateDuplicateSettings(input: $input) { own } }', { input: { kinds: ['phone', 'email', 'taxId', 'name'], ignoreTags: false, own: [], autoMerge: false, ...input } })

beforeAll(async () => {
  admin = await crm.as('administrator')
  anna = await crm.as('manager')
  boris = await crm.as('manager')
})

it('a person of no client is recognised, and goes to who looks after him', async () => {
  const contact = await created(anna, 'Contact', { name: 'Lone Person', contactPoints: phone('+358 40 6001001') })
  const item = await arrived({ phones: ['040 6001001'] })
  expect(item).toMatchObject({ client: null, contact: { id: contact }, owner: { id: anna.actor.userId }, codes: ['received', 'recognisedPerson', 'responsible', 'assigned', 'timer'] })
  expect(item.texts[1]).toBe('The person was recognised (phone): Lone Person.')
})

it('where the owner of the order is away, the client\'s own is tried, and then the person\'s', async () => {
  const [carla, dora] = [await crm.as('manager'), await crm.as('manager')]
  const client = await created(admin, 'Client', { name: 'Turns', owner: boris.actor.userId })
  await created(admin, 'Contact', { name: 'Their Person', owner: dora.actor.userId, clients: [{ client }], contactPoints: phone('+358 40 6001002') })
  await created(admin, 'Order', { subject: 'Open', client, owner: carla.actor.userId })
  await away(carla)
  expect(await arrived({ phones: ['040 6001002'] })).toMatchObject({ owner: { id: boris.actor.userId }, codes: ['received', 'recognised', 'skipped.away', 'responsible', 'assigned', 'timer'] })
  await away(boris)
  expect(await arrived({ phones: ['040 6001002'], text: 'again' })).toMatchObject({ owner: { id: dora.actor.userId } })
})

it('what says nothing to duplicates says nothing here: our own numbers, what many have, and kinds that are off', async () => {
  const client = await created(anna, 'Client', { name: 'Ours by mistake', contactPoints: [...phone('+358 40 6001003'), { kind: 'email', value: 'aino+crm@lumi.example' }] })
  for (let i = 0; i < 21; i++) await created(anna, 'Client', { name: `Business centre ${i}`, contactPoints: phone('+358 40 6001004') })
  await crm.drain()
  expect((await arrived({ phones: ['040 6001003'] })).client).toEqual({ id: client })
  expect((await arrived({ phones: ['040 6001004'], text: 'hello' })).codes).toContain('unknown')
  await duplicates({ own: ['+358 40 6001003'] })
  expect((await arrived({ phones: ['040 6001003'], text: 'hello' })).codes).toContain('unknown')
  await duplicates({ kinds: ['email', 'taxId'] })
  expect((await arrived({ phones: ['040 6001003'], text: 'and again' })).codes).toContain('unknown')
  // tags of an address, where the company set that they do not count
  expect((await arrived({ emails: ['aino@lumi.example'] })).client).toBeNull()
  await duplicates({ ignoreTags: true })
  await one(anna, 'mutation ($id: ID!) { updateClient(id: $id, input: { name: "Touched" }) { id } }', { id: client })
  await crm.drain()
  expect((await arrived({ emails: ['aino@lumi.example'], text: 'tagged' })).client).toEqual({ id: client })
})

it('a person is recognised by the words of his name in any order and case, by initials only within his company', async () => {
  await duplicates({ kinds: ['taxId', 'phone', 'email', 'name', 'similarName', 'personName', 'initials'] })
  const client = await created(anna, 'Client', { name: 'ООО «Берёзка»' })
  const contact = await created(anna, 'Contact', { lastName: 'Семёнова', firstName: 'Ольга', clients: [{ client }] })
  await created(anna, 'Contact', { lastName: 'Семёнова', firstName: 'Инна', clients: [{ client }] })
  const candidates = async (input: Record<string, unknown>) => {
    const { id } = (await one(admin, 'mutation ($input: IncomingInput!) { receiveIntake(input: $input) { id } }', { input: { channel: 'api', ...input } })).receiveIntake
    return (await one(admin, 'query ($id: ID!) { intakeProposal(id: $id) { client candidates { client { id } contact { id } strong reasons { code } } } }', { id })).intakeProposal
  }
  const known = { client: { id: client }, contact: { id: contact }, strong: false, reasons: [{ code: 'person' }] }
  for (const person of ['Семёнова Ольга', 'ольга семенова', 'СЕМЕНОВА  ОЛЬГА']) expect(await candidates({ person }), person).toMatchObject({ client: null, candidates: [known] })
  expect((await candidates({ person: 'Семёнова Ольга Петровна' })).candidates).toEqual([])
  expect((await candidates({ person: 'Семенова О.' })).candidates).toEqual([])
  expect((await candidates({ person: 'О. Семенова', company: 'Березка' })).candidates).toEqual([{ ...known, reasons: [{ code: 'company' }, { code: 'person' }] }])
})

it('a company of a similar name is a hint, and no more', async () => {
  const client = await created(anna, 'Client', { name: 'Строительная компания Горизонт' })
  await crm.drain()
  const { id } = (await one(admin, 'mutation ($input: IncomingInput!) { receiveIntake(input: $input) { id } }', { input: { channel: 'api', company: 'ООО Строительная компания Горизонты' } })).receiveIntake
  await distribute({ engine, country: () => 'FI' }, id)
  const { intakeProposal, intakeItem } = await one(admin, 'query ($id: ID!) { intakeItem(id: $id) { client { id } } intakeProposal(id: $id) { client candidates { client { id } strong reasons { code text } } } }', { id })
  expect(intakeItem.client).toBeNull()
  expect(intakeProposal).toEqual({ client: null, candidates: [{ client: { id: client }, strong: false, reasons: [{ code: 'similarCompany', text: 'similar name: СТРОИТЕЛЬНАЯ КОМПАНИЯ ГОРИЗОНТ' }] }] })
})
