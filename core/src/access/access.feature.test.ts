import { afterAll, expect, it } from 'vitest'
import { LOCALES, type PluginDefinition } from '@kartotek/sdk'
import { testCrm } from '../testing/crm.ts'

const probe: PluginDefinition = { id: 'probe', version: '1.0.0', permissions: { look: { label: { en: 'Look inside', fi: 'Katsoa sisään' } } } }
const crm = await testCrm({ plugins: [probe] })
afterAll(() => crm.close())

it.each(LOCALES)('names what roles can grant in the language of the reader (%s)', async (locale) => {
  const { data } = await crm.query(await crm.as('administrator', { locale }), '{ capabilities { name label } }')
  const labels = new Map<string, string>(data.capabilities.map((c: { name: string, label: string }) => [c.name, c.label]))
  expect([...labels].filter(([name, label]) => !label || label === name)).toEqual([])
  expect(labels.get('access.manage')).toBe({ ru: 'Роли', uk: 'Ролі', fi: 'Roolit', en: 'Roles' }[locale])
  expect(labels.get('probe.look')).toBe(locale === 'fi' ? 'Katsoa sisään' : 'Look inside')
})
