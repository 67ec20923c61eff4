import { printSchema } from 'graphql'
import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'

const crm = await testCrm()
afterAll(() => crm.close())

it('is the one that is committed as core/schema.graphql: update it with `vitest -u` and review the difference', async () => {
  const { reading, access } = crm.kartotek.api.contextOf(await crm.as('administrator'))
  const sdl = printSchema(crm.kartotek.api.schema(reading.generation, access))
  await expect(`${sdl}\n`).toMatchFileSnapshot('../../schema.graphql')
})
