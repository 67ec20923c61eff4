import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page, seller: Page
const api = apiOf(() => page), asSeller = apiOf(() => seller)
let client: string
/** A picture of the page, where somebody wants to look at it. */
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true }) }
const rulesOf = async (key: string) => (await api<{ roles: { key: string, rules: object }[] }>('{ roles { key rules } }')).roles.find(role => role.key === key)!.rules
const fieldOf = (name: string) => seller.locator('dt').filter({ hasText: new RegExp(`^${name}$`) })
const editOf = (name: string) => seller.getByRole('button', { name: `Edit “${name}”`, exact: true })

async function openRole(name: string) {
  await page.goto('/settings/roles')
  await page.getByRole('tab', { name, exact: true }).click()
}
async function choose(label: string, option: string) {
  await page.getByLabel(label, { exact: true }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}
const save = () => page.getByRole('button', { name: 'Save', exact: true }).click()

beforeAll(async () => {
  page = (await setUp(app)).page
  await api('mutation { createField(object: "client", input: { name: "tier", type: text, labels: { en: "Tier" } }) { key } }')
  const createRole = async (key: string, name: string) => (await api<{ createRole: { id: string } }>('mutation ($input: RoleInput!) { createRole(input: $input) { id } }', { input: { key, labels: { en: name, fi: `${name} (fi)` }, rules: { objects: { '*': { read: 'own', create: 'own', update: 'own' }, 'user': { read: 'all' } } } } })).createRole.id
  await createRole('interim', 'Interim')
  const { inviteUser } = await api<{ inviteUser: { link: string } }>('mutation ($roles: [ID!]!) { inviteUser(input: { name: "Anna Myyjä", email: "anna@example.com", roles: $roles }) { link } }', { roles: [await createRole('seasonal', 'Seasonal')] })
  seller = (await app.visit()).page
  await seller.goto(inviteUser.link)
  await seller.getByLabel('New password').fill('a walk along the quiet harbour')
  await seller.getByRole('button', { name: 'Save the password' }).click()
  await seller.waitForURL('**/clients')
  client = (await asSeller<{ createClient: { id: string } }>('mutation { createClient(input: { name: "Lumi Oy", industry: "Snow", source: "Fair", legalName: "Lumi Osakeyhtiö", custom: { tier: "gold" } }) { id } }')).createClient.id
})

it('a role loses the sight of some fields and the pen for another, and its people see the card so', async () => {
  await seller.goto(`/clients/${client}`)
  for (const name of ['Industry', 'Source', 'Legal name', 'Tier']) await editOf(name).waitFor()

  await openRole('Seasonal')
  expect(await page.getByLabel('Clients: Legal name').count()).toBe(0)
  await page.getByRole('button', { name: 'Fields: Clients', exact: true }).click()
  const fields = page.getByRole('region', { name: 'Fields: Clients', exact: true })
  await choose('Clients: Industry', 'read only')
  await fields.getByLabel('Find a field').fill('legal')
  expect(await fields.getByRole('listitem').count()).toBe(1)
  await choose('Clients: Legal name', 'closed')
  await fields.getByLabel('Find a field').fill('tier')
  await choose('Clients: Tier', 'closed')
  await fields.getByLabel('Find a field').fill('')
  await page.getByRole('row').filter({ hasText: 'restricted: 3' }).first().waitFor()
  await shot('roles-1440-light')
  await save()
  await expect.poll(() => rulesOf('seasonal'), { timeout: 20_000 }).toMatchObject({ fields: { 'client.industry': { write: false }, 'client.legalName': { read: false, write: false }, 'client.custom.tier': { read: false, write: false } } })

  await expect.poll(async () => {
    await seller.goto(`/clients/${client}`)
    await editOf('Source').waitFor()
    return [await fieldOf('Legal name').count(), await fieldOf('Tier').count(), await fieldOf('Industry').count(), await editOf('Industry').count()]
  }, { timeout: 60_000 }).toEqual([0, 0, 1, 0])
  expect(await seller.locator('body').innerText()).not.toMatch(/Lumi Osakeyhtiö|gold/)
  await seller.getByText('Snow', { exact: true }).waitFor()
  await shot('card-of-seller', seller)
  await expect(asSeller(`mutation { updateClient(id: "${client}", version: 1, input: { industry: "Ice" }) { id } }`)).rejects.toThrow(/industry/)
})

it('the default holds for what is not named, a name changes in one language, and both are kept', async () => {
  await openRole('Seasonal')
  await choose('Orders: Read', 'all')
  await choose('By default: Delete', 'own')
  expect(await page.getByLabel('Contacts: Delete', { exact: true }).innerText()).toContain('own')
  expect(await page.getByLabel('Orders: Delete', { exact: true }).innerText()).toContain('none')
  await page.getByRole('button', { name: 'Orders: as by default again' }).click()
  expect(await page.getByLabel('Orders: Read', { exact: true }).innerText()).toContain('own')
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.getByLabel('Name of the role, English').fill('Summer')
  await save()
  await page.getByRole('tab', { name: 'Summer' }).waitFor()
  expect(await rulesOf('seasonal')).toMatchObject({ objects: { '*': { read: 'own', create: 'own', update: 'own', delete: 'own' } } })
  expect(Object.keys((await rulesOf('seasonal') as { objects: object }).objects).toSorted()).toEqual(['*', 'user'])
  const { roles } = await api<{ roles: { key: string, labels: object }[] }>('{ roles { key labels } }')
  expect(roles.find(role => role.key === 'seasonal')!.labels).toEqual({ en: 'Summer', fi: 'Seasonal (fi)' })
})

it('a role is deleted only after a question, and not while somebody has it', async () => {
  await openRole('Summer')
  await page.getByRole('button', { name: 'Delete the role' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete the role “Summer”?' })
  await dialog.getByText('1 person has this role').waitFor()
  expect(await dialog.getByRole('button', { name: 'Delete the role' }).isDisabled()).toBe(true)
  await shot('remove-held')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await openRole('Interim')
  await page.getByRole('button', { name: 'Delete the role' }).click()
  const question = page.getByRole('dialog', { name: 'Delete the role “Interim”?' })
  await question.getByText('Nobody has this role.').waitFor()
  await question.getByText('cannot be brought back').waitFor()
  expect(await rulesOf('interim')).toBeDefined()
  await question.getByRole('button', { name: 'Delete the role' }).click()
  await page.getByRole('tab', { name: 'Interim' }).waitFor({ state: 'detached' })
})

it('fits a phone in the dark', async () => {
  const { page: phone } = await app.visit({ width: 390, colorScheme: 'dark', as: page.context() })
  await phone.goto('/settings/roles')
  await phone.getByRole('tab', { name: 'Summer' }).click()
  await phone.getByRole('button', { name: 'Fields: Clients', exact: true }).click()
  const select = phone.getByLabel('Clients: Industry', { exact: true })
  await select.waitFor()
  const box = (await select.boundingBox())!
  expect(box.x >= 0 && box.x + box.width <= 390).toBe(true)
  expect(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  await select.scrollIntoViewIfNeeded()
  await shot('roles-390-dark', phone)
  if (process.env.SHOTS) {
    const others = [await app.visit({ width: 390, as: page.context() }), await app.visit({ colorScheme: 'dark', as: page.context() })]
    for (const [index, { page: other }] of others.entries()) {
      await other.goto('/settings/roles')
      await other.getByRole('tab').last().click()
      await other.locator('tbody th button').nth(8).click()
      await other.locator('section ul').first().waitFor()
      await other.locator('section ul li').nth(6).scrollIntoViewIfNeeded()
      await shot(`roles-${index ? '1440-dark' : '390-light'}`, other)
    }
  }
  expect(app.misdeeds).toEqual([])
})
