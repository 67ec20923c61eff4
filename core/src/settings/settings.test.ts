import { describe, expect, it } from 'vitest'
import { migrations as modelMigrations } from '../model/migrations.ts'
import { testDatabase } from '../testing/index.ts'
import { migrations } from './migrations.ts'
import { SecretBox } from './secrets.ts'
import { Settings } from './settings.ts'

const db = await testDatabase({ migrations: [...modelMigrations, ...migrations] })
async function node(secret = 'one'): Promise<Settings> {
  const settings = new Settings(db, new SecretBox(secret))
  await settings.refresh()
  return settings
}

describe('the company', () => {
  it('has sound settings before anybody made any', async () => {
    expect((await node()).company).toMatchObject({ name: '', baseCurrency: 'EUR', locale: 'en', weekStart: 'monday', languages: ['ru', 'uk', 'fi', 'en'] })
  })

  it('changes on every node that looks, and tells those who listen', async () => {
    const [here, there] = [await node(), await node()]
    const zones: string[] = []
    there.onCompanyChange(({ timeZone }) => zones.push(timeZone))
    await here.updateCompany({ name: 'Ромашка', country: 'UA', timeZone: 'Europe/Kyiv' }, null)
    expect(here.company).toMatchObject({ name: 'Ромашка', country: 'UA', baseCurrency: 'EUR' })
    await there.refresh()
    expect(there.company.name).toBe('Ромашка')
    expect(zones).toEqual(['Europe/Kyiv'])
    await there.refresh()
    expect(zones).toHaveLength(1)
    expect(Object.isFrozen(there.company.languages)).toBe(true)
  })

  it.each([
    [{ country: 'fi' }, 'country', 'format'],
    [{ country: 'XX' }, 'country', 'format'],
    [{ baseCurrency: 'ABC' }, 'baseCurrency', 'option'],
    [{ timeZone: 'Mars/Base' }, 'timeZone', 'format'],
    [{ timeZone: '+03:00' }, 'timeZone', 'format'],
    [{ languages: [] }, 'languages', 'required'],
    [{ languages: ['fi'], locale: 'ru' }, 'locale', 'option'],
    [{ slogan: 'x' }, 'slogan', 'unknown'],
  ])('refuses %j', async (patch, field, rule) => {
    const settings = await node()
    const before = settings.company
    await expect(settings.updateCompany(patch as never, null, 'fi')).rejects.toMatchObject({ code: 'INVALID_INPUT', fields: [{ field, rule, message: expect.stringMatching(/\.$/) }] })
    expect((await node()).company).toEqual(before)
  })

  it('is read as of a snapshot by who works in one, and an older snapshot undoes nothing', async () => {
    const [here, there] = [await node(), await node()]
    const { name } = here.company
    await db.kysely.transaction().setIsolationLevel('repeatable read').execute(async (trx) => {
      await trx.selectFrom('core.revision').selectAll().execute()
      await there.updateCompany({ name: 'Newer' }, null)
      expect((await here.refresh(trx)).name).toBe(name)
      await here.refresh()
      expect((await here.refresh(trx)).name).toBe(name)
      expect(here.company.name).toBe('Newer')
    })
  })

  it('keeps both of two changes made at once', async () => {
    const [a, b] = [await node(), await node()]
    await Promise.all([a.updateCompany({ name: 'A' }, null), b.updateCompany({ phoneCountry: 'FI' }, null)])
    expect((await node()).company).toMatchObject({ name: 'A', phoneCountry: 'FI' })
  })
})

describe('settings of a plugin', () => {
  const schema = {
    type: 'object', required: ['key'], additionalProperties: false,
    properties: {
      url: { type: 'string', default: 'https://pbx' },
      key: { type: 'string', format: 'secret', minLength: 3 },
      smtp: { type: 'object', properties: { host: { type: 'string' }, password: { type: 'string', format: 'secret' } } },
    },
  }
  async function plugin(secret?: string): Promise<Settings> {
    const settings = await node(secret)
    settings.define('pbx', schema)
    return settings
  }

  it('are refused as a whole while they are not complete', async () => {
    const settings = await plugin()
    expect(() => settings.plugin('pbx')).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
    await expect(settings.updatePlugin('pbx', { url: 'https://other' }, null)).rejects.toMatchObject({ fields: [{ field: 'key', rule: 'required' }] })
  })

  it('give the plugin its secrets in clear, and nobody else', async () => {
    const settings = await plugin()
    await settings.updatePlugin('pbx', { key: 'top-secret', smtp: { host: 'mail', password: 'пароль' } }, null)
    expect((await plugin()).plugin('pbx')).toEqual({ url: 'https://pbx', key: 'top-secret', smtp: { host: 'mail', password: 'пароль' } })
    expect(settings.shown('pbx').values).toEqual({ key: { isSet: true }, smtp: { host: 'mail', password: { isSet: true } } })
    const { rows } = await db.pool.query('select value::text from core.setting')
    expect(JSON.stringify(rows)).not.toMatch(/top-secret|пароль/)
  })

  it('keep a secret that a form sends back as it was shown, and lose one that is set to null', async () => {
    const settings = await plugin()
    await settings.updatePlugin('pbx', { url: 'https://new', key: { isSet: true }, smtp: { password: null } }, null)
    expect(settings.plugin('pbx')).toEqual({ url: 'https://new', key: 'top-secret', smtp: { host: 'mail' } })
  })

  it('say what to do when they were stored under another secret', async () => {
    const settings = await plugin('two')
    expect(() => settings.plugin('pbx')).toThrow('stored under another KARTOTEK_SECRET. Enter it again.')
  })

  it('cannot be moved from one place to another', () => {
    const box = new SecretBox('one')
    const sealed = box.seal('text', 'plugin.a.key')
    expect(box.open(sealed, 'plugin.a.key')).toBe('text')
    expect(() => box.open(sealed, 'plugin.b.key')).toThrow('cannot be read')
  })
})
