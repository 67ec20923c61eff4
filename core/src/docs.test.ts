import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { ERROR_CODES } from '@kartotek/sdk'
import { CAPABILITIES } from './access/capabilities.ts'
import { SETTINGS } from './config/index.ts'
import { testCrm } from './testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())
const text = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
const firstColumn = (file: string): string[] => [...text(file).matchAll(/^\| `([\w.]+)` \|/gm)].map((m) => m[1]!)

describe('the documentation', () => {
  it('lists exactly the error codes that exist', () => {
    expect(firstColumn('docs/api.md').sort()).toEqual([...ERROR_CODES].sort())
  })

  it('lists exactly the capabilities that exist', () => {
    expect(firstColumn('docs/access.md').filter((n) => n.includes('.') || n === 'share').sort()).toEqual([...CAPABILITIES].sort())
  })

  it('lists exactly the settings of the process', () => {
    expect(firstColumn('docs/operator.md')).toEqual(SETTINGS.map((s) => s.name))
  })

  it('shows calls in the README that work, in their order', async () => {
    const calls = [...text('README.md').matchAll(/```graphql\n([\s\S]+?)```/g)].map((m) => m[1]!)
    expect(calls).toHaveLength(6)
    const admin = await crm.as('administrator')
    const order = (await crm.query(admin, 'mutation { createOrder(input: { subject: "Readme" }) { id } }')).data.createOrder.id as string
    const variables: Record<string, unknown> = { order }
    for (const call of calls) {
      const wanted = Object.fromEntries(Object.entries(variables).filter(([name]) => call.includes(`$${name}`)))
      const { data, errors, changeSets } = await crm.query(admin, call, wanted)
      expect(errors, call).toBeUndefined()
      const won = data.createPipeline?.stages.find((s: { key: string }) => s.key === 'won')
      if (won) variables.stage = won.id
      if (changeSets.length) variables.changeSet = changeSets.at(-1)
      if (data.revertChangeSet) expect(data.revertChangeSet).toEqual({ reverted: 1, kept: [] })
    }
  })
})
