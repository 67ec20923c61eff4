import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, ADMIN, runningApp, setUp, type RunningApp, type Visit } from './running-app.ts'

const app: RunningApp = await runningApp()
let admin: Visit
let page: Page

/** An operation in the name of whoever is signed in on the page. */
const api = apiOf(() => page)
const toast = (text: string | RegExp) => page.locator('[data-slot="title"]').getByText(text).last()

beforeAll(async () => {
  admin = await setUp(app)
  page = admin.page
})

describe('lists', () => {
  beforeAll(async () => {
    const inputs = Array.from({ length: 160 }, (_, index) => ({ name: `Product ${String(index).padStart(3, '0')}`, price: { amount: String(index), currency: 'EUR' } }))
    await api('mutation M($inputs: [ProductCreateInput!]!) { createProducts(inputs: $inputs) { succeeded } }', { inputs })
    await page.goto('/products')
  })

  it('draw only the rows in sight and fetch more on the way down', async () => {
    await page.getByText('160 records').waitFor()
    expect(await page.locator('tbody tr.row').count()).toBeLessThan(60)
    await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click()
    await page.waitForURL('**/products?sort=name')
    await page.getByRole('link', { name: 'Product 000' }).waitFor()
    const region = page.getByRole('region', { name: 'Products and services' })
    await expect.poll(async () => {
      await region.evaluate((element) => { element.scrollTop = element.scrollHeight })
      return page.getByRole('link', { name: 'Product 159' }).count()
    }, { timeout: 60_000 }).toBe(1)
    expect(await page.locator('tbody tr.row').count()).toBeLessThan(60)
  })

  it('search while one types, and keep it in the address', async () => {
    await page.getByRole('searchbox', { name: 'Search this list' }).fill('Product 123')
    await page.getByText('1 record', { exact: true }).waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBe('Product 123')
    await page.getByRole('searchbox', { name: 'Search this list' }).fill('')
    await page.getByText('160 records').waitFor()
  })

  it('show the columns that were chosen, also tomorrow', async () => {
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('dialog').getByLabel('Cost').click()
    await page.keyboard.press('Escape')
    await page.reload()
    await page.getByRole('columnheader', { name: 'Cost' }).waitFor()
  })

  it('walk by keyboard and open with Enter', async () => {
    const region = page.getByRole('region', { name: 'Products and services' })
    await region.focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/products\/[0-9a-f-]{36}$/)
  })

  it('delete to the trash and restore from it', async () => {
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByText('In the trash since').waitFor()
    await page.getByRole('button', { name: 'Restore' }).click()
    await page.getByText('In the trash since').waitFor({ state: 'detached' })
  })

  it('find a record from anywhere', async () => {
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').getByRole('textbox').fill('Product 123')
    await page.getByRole('option', { name: 'Product 123' }).click()
    await page.getByRole('heading', { level: 1, name: 'Product 123' }).waitFor()
  })
})

describe('a client', () => {
  it('shows phone and e-mail in the list, the main one before others', async () => {
    await api(`mutation { createClient(input: { name: "Reachable Oy", contactPoints: [
      { kind: "phone", value: "+358401111111" }, { kind: "phone", value: "+358402222222", isPrimary: true }, { kind: "email", value: "office@reachable.example" }] }) { id } }`)
    await page.goto('/clients')
    const row = page.getByRole('row', { name: /Reachable Oy/ })
    expect(await row.getByRole('link', { name: '+358 40 222 2222' }).getAttribute('href')).toBe('tel:+358402222222')
    await row.getByRole('link', { name: 'office@reachable.example' }).waitFor()
    await row.getByText('+1', { exact: true }).waitFor()
  })

  it('tells at the field who looked after it before, and takes one’s word that it is still right', async () => {
    await api('mutation M($input: UserCreateInput!) { createUser(input: $input) { id } }', { input: { name: 'Kalle Keskinen', email: 'kalle@example.com' } })
    const { users, clients } = await api<{ users: { nodes: { id: string }[] }, clients: { nodes: { id: string }[] } }>('{ users(search: "Keskinen") { nodes { id } } clients(search: "Reachable") { nodes { id } } }')
    await api('mutation M($id: ID!, $owner: ID) { updateClient(id: $id, input: { owner: $owner }) { id } }', { id: clients.nodes[0]!.id, owner: users.nodes[0]!.id })
    await page.goto(`/clients/${clients.nodes[0]!.id}`)
    await page.getByRole('button', { name: 'History: Owner' }).click()
    const periods = page.getByRole('region', { name: 'History: Owner' }).getByRole('listitem')
    await periods.first().getByText('Kalle Keskinen').waitFor()
    await periods.first().getByText('since').waitFor()
    await periods.nth(1).getByText(ADMIN.name).waitFor()
    await page.goto(`/clients/${clients.nodes[0]!.id}`)
    await page.getByRole('main').getByRole('button', { name: 'More' }).first().click()
    await page.getByRole('menuitem', { name: 'Data is still right' }).click()
    await toast('Noted: the data is still right').waitFor()
    expect((await api<{ client: { confirmedOn: string | null } }>(`{ client(id: "${clients.nodes[0]!.id}") { confirmedOn } }`)).client.confirmedOn).toBe(new Intl.DateTimeFormat('sv-SE').format())
    await api('mutation M($id: ID!) { deleteClient(id: $id) { id } }', { id: clients.nodes[0]!.id })
  })
})

describe('an order', () => {
  it('gets its totals from the server, line by line', async () => {
    await page.goto('/orders/new')
    await page.getByLabel('Subject').fill('Lamps')
    const lines = page.getByRole('region', { name: 'Order lines' })
    await lines.getByRole('button', { name: 'Add' }).click()
    await lines.getByLabel('Description').fill('Desk lamp')
    await lines.getByLabel('Quantity').fill('3')
    await lines.getByLabel('Price').fill('19,90')
    await lines.getByLabel('Tax, %').fill('25.5')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('region', { name: 'Order lines' }).getByText('74.92').last().waitFor()
  })

  it('is in a currency that is chosen by its name, and so are its lines', async () => {
    const card = page.url()
    await page.goto('/orders/new')
    await page.getByLabel('Currency: GBP · British Pound').click()
    await page.getByPlaceholder('Search').fill('swedish')
    await page.getByRole('option', { name: 'SEK · Swedish Krona' }).click()
    const lines = page.getByRole('region', { name: 'Order lines' })
    await lines.getByRole('button', { name: 'Add' }).click()
    await lines.getByLabel('Description').fill('Chair')
    await lines.getByLabel('Price').fill('100')
    await lines.getByText('kr').first().waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('region', { name: 'Totals' }).getByText(/kr\s?100\.00|100\.00\s?kr/).first().waitFor()
    await page.goto(card)
  })

  it('says which cell of which line is wrong', async () => {
    const lines = page.getByRole('region', { name: 'Order lines' })
    await lines.getByRole('button', { name: 'Edit' }).click()
    await lines.getByLabel('Discount, %').fill('150')
    await lines.getByRole('button', { name: 'Save' }).click()
    await lines.getByRole('alert').waitFor()
    await lines.getByLabel('Discount, %').fill('10')
    await lines.getByRole('button', { name: 'Save' }).click()
    await lines.getByText('67.43').last().waitFor()
  })
})

describe('the settings', () => {
  it('make an object that has a list, a card and a place in the side bar', async () => {
    await page.goto('/settings/objects')
    await page.getByRole('button', { name: 'New object' }).click()
    await page.getByLabel('Name of one, English').fill('Vehicle')
    await page.getByLabel('Name of many, English').fill('Vehicles')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.waitForURL('**/settings/objects/*ehicle')
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Vehicles' }).click()
    await page.getByText('Vehicles: nothing here yet').waitFor()
  })

  it('show the records that a stricter rule would break', async () => {
    await api('mutation { createClient(input: { name: "Without an industry" }) { id } }')
    await page.goto('/settings/objects/client')
    await page.getByRole('button', { name: 'New field' }).click()
    await page.getByLabel('Name, English').fill('Region code')
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
    await page.getByRole('button', { name: 'Edit “Region code”' }).click()
    await page.getByRole('switch', { name: 'Required' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByText('1 record breaks the new rule').waitFor()
    await page.getByRole('link', { name: 'Without an industry' }).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  })

  it('hide a field and bring it back', async () => {
    await page.getByRole('button', { name: 'Hide “Region code”' }).click()
    await page.getByRole('region', { name: 'Hidden fields' }).getByText('Region code').waitFor()
    await page.getByRole('region', { name: 'Hidden fields' }).getByRole('button', { name: 'Restore' }).click()
    await page.getByRole('region', { name: 'Basics' }).getByText('Region code').waitFor()
  })

  it('fill what is empty and make the field required in one go', async () => {
    await page.getByRole('button', { name: 'Edit “Region code”' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('switch', { name: 'Required' }).click()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByLabel('Fill the empty ones with').fill('R-1')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('listitem').filter({ hasText: 'custom.regionCode' }).getByText('Required').waitFor()
    const { clients } = await api<{ clients: { nodes: { custom: { regionCode: string } }[] } }>('{ clients { nodes { custom { regionCode } } } }')
    expect(clients.nodes.map(client => client.custom.regionCode)).toEqual(['R-1'])
  })

  it('give a field a default, a range, and a section of its own on the card', async () => {
    await page.getByRole('button', { name: 'New field' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('[data-type="integer"]').click()
    await dialog.getByLabel('Name, English').fill('Visits a month')
    await dialog.getByLabel('To', { exact: true }).fill('31')
    await dialog.getByLabel('Default').fill('40')
    await dialog.getByLabel('Section of the card').click()
    await page.getByPlaceholder('Section or a new name').fill('Field work')
    await page.getByRole('option', { name: /Field work/ }).click()
    await dialog.getByRole('button', { name: 'Create' }).click()
    await dialog.getByText('The default does not meet the rules of the field.').first().waitFor()
    await dialog.getByLabel('Default').fill('4')
    await dialog.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('region', { name: 'Field work' }).getByText('Visits a month').waitFor()
    await page.goto('/clients/new')
    expect(await page.getByRole('region', { name: 'Field work' }).getByLabel('Visits a month').inputValue()).toBe('4')
  })

  it('put fields in another order, which the card follows', async () => {
    const named = (names: string[]) => names.filter(name => ['Industry', 'Source', 'Region code'].includes(name))
    await page.goto('/settings/objects/client')
    const basics = page.getByRole('region', { name: 'Basics' })
    const order = async () => named(await basics.locator('li p:first-child > span:first-child').allTextContents())
    await expect.poll(order, { timeout: 20_000 }).toEqual(['Industry', 'Source', 'Region code'])
    await basics.getByRole('button', { name: 'Move “Source” up' }).click()
    await expect.poll(order, { timeout: 20_000 }).toEqual(['Source', 'Industry', 'Region code'])
    await basics.getByRole('listitem').filter({ hasText: 'custom.regionCode' }).locator('[data-grip]').dragTo(basics.getByRole('listitem').filter({ hasText: 'Source' }), { targetPosition: { x: 200, y: 5 } })
    await expect.poll(order, { timeout: 20_000 }).toEqual(['Region code', 'Source', 'Industry'])
    await page.goto('/clients/new')
    const labels = page.getByRole('region', { name: 'Basics' }).locator('label')
    await expect.poll(async () => named((await labels.allTextContents()).map(text => text.trim().replace('*', ''))), { timeout: 20_000 }).toEqual(['Region code', 'Source', 'Industry'])
  })

  it('invite a person, who chooses a password and sees what a manager may see', async () => {
    await page.goto('/settings/users')
    await page.getByRole('button', { name: 'Invite' }).click()
    await page.getByLabel('Name').fill('Mikael Lund')
    await page.getByLabel('E-mail').fill('mikael@example.com')
    await page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click()
    const link = await page.getByLabel('Link').first().inputValue()

    const { page: other, context } = await app.visit()
    await other.goto(link)
    await other.getByLabel('New password').fill('a walk along the quiet harbour')
    await other.getByRole('button', { name: 'Save the password' }).click()
    await other.waitForURL('**/clients')
    await other.getByText('Clients: nothing here yet').waitFor()
    await other.goto('/settings/roles')
    await other.getByText('Not for your role').waitFor()
    await context.close()
  })

  it('change a role and say so at once', async () => {
    await page.goto('/settings/roles')
    await page.getByRole('tab', { name: 'Read only' }).click()
    await page.getByLabel('Products and services: Change').click()
    await page.getByRole('option', { name: 'all' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await toast('Saved').waitFor()
  })
})

describe('my account', () => {
  it('switches two-factor on and asks for the code at the next sign-in', async () => {
    await page.goto('/account')
    await page.getByRole('button', { name: 'Switch on' }).click()
    await page.getByLabel('Current password').fill(ADMIN.password)
    await page.getByRole('button', { name: 'Continue' }).click()
    const secret = (await page.getByRole('region', { name: 'Two-factor authentication' }).locator('code').textContent()) ?? ''
    const { Secret, TOTP } = await import('otpauth')
    const totp = new TOTP({ secret: Secret.fromBase32(secret.trim()) })
    await page.getByLabel('Code').fill(totp.generate())
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('Recovery codes').waitFor()
    const code = await page.getByRole('region', { name: 'Two-factor authentication' }).locator('li').first().textContent()
    await page.getByRole('button', { name: 'I have saved them' }).click()

    const { page: other, context } = await app.visit()
    await other.goto('/sign-in')
    await other.getByLabel('E-mail').fill(ADMIN.email)
    await other.getByLabel('Password', { exact: true }).fill(ADMIN.password)
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.getByRole('heading', { name: 'Second step' }).waitFor()
    await other.getByLabel('Code').fill(code ?? '')
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.waitForURL('**/clients')
    await context.close()

    const panel = page.getByRole('region', { name: 'Two-factor authentication' })
    await page.reload()
    await panel.getByText('9 recovery codes left').waitFor()
    await panel.getByRole('button', { name: 'New recovery codes' }).click()
    await page.getByLabel('Current password').fill(ADMIN.password)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('Recovery codes').waitFor()
    expect(await panel.locator('li').allTextContents()).not.toContain(code)
    await page.getByRole('button', { name: 'I have saved them' }).click()
    await panel.getByText('10 recovery codes left').waitFor()
  })

  it('shows to an administrator who signed in, by which code, and what follows each kind', async () => {
    await page.goto('/settings/access-log')
    const entries = page.locator('main ol > li')
    await entries.filter({ hasText: 'Recovery codes renewed' }).filter({ hasText: 'Aino Virtanen' }).waitFor()
    await entries.filter({ hasText: 'Invited' }).filter({ hasText: 'Mikael Lund' }).filter({ hasText: 'by Aino Virtanen' }).waitFor()
    await page.getByRole('combobox', { name: 'What happened' }).click()
    await page.getByRole('option', { name: 'Recovery code used' }).click()
    await expect.poll(() => entries.count()).toBe(1)
    await entries.filter({ hasText: '9 codes left' }).waitFor()
  })

  it('shows the own absences, and where one enters them', async () => {
    await page.goto('/account')
    const absences = page.getByRole('region', { name: 'Absences' })
    await absences.getByText('None ahead.').waitFor()
    await absences.getByRole('link', { name: 'Enter an absence' }).click()
    const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
    await page.getByLabel('From').fill(day)
    await page.getByLabel('Last day').fill(day)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/absences\/[0-9a-f-]{36}$/)
    await page.goto('/account')
    await absences.getByRole('listitem').getByRole('link').click()
    await page.waitForURL(/absences\/[0-9a-f-]{36}$/)
  })

  it('makes an API token that is shown once', async () => {
    await page.goto('/account')
    await page.getByLabel('What it is for').fill('Accounting')
    await page.getByRole('region', { name: 'API tokens' }).getByRole('button', { name: 'Create' }).click()
    expect(await page.getByLabel('New token').inputValue()).toMatch(/^kt_/)
    await page.reload()
    await page.getByText('Accounting').waitFor()
    expect(await page.getByLabel('New token').count()).toBe(0)
  })

  it('is seen by who looks after people, who can end what runs in its name', async () => {
    await page.goto('/settings/users')
    await page.getByRole('button', { name: 'Actions for Aino Virtanen' }).click()
    await page.getByRole('menuitem', { name: 'Sessions and tokens' }).click()
    const dialog = page.getByRole('dialog', { name: 'Sessions and tokens: Aino Virtanen' })
    await dialog.getByText('Chrom').first().waitFor()
    await dialog.getByRole('listitem').filter({ hasText: 'Accounting' }).getByRole('button', { name: 'Revoke' }).click()
    await dialog.getByText('No API tokens.').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).last().click()
  })

  it('speaks another language without a reload', async () => {
    await page.goto('/account')
    await page.getByRole('button', { name: /Aino Virtanen/ }).click()
    await page.getByRole('menuitem', { name: 'Language' }).click()
    await page.getByRole('menuitemcheckbox', { name: 'Suomi' }).click()
    await page.getByRole('menuitem', { name: 'Kieli' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.getByRole('heading', { level: 1, name: 'Oma tili' }).waitFor()
    await page.getByRole('link', { name: 'Asiakkaat' }).waitFor()
  })
})

it('asked no other host for anything and left no error on the console', () => {
  expect(app.misdeeds).toEqual([])
})
