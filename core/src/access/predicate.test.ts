import { afterAll, expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import { accessPredicate } from './predicate.ts'

const crm = await testCrm({ work: false })
afterAll(() => crm.close())

it.each(['task', 'file', 'timelineEntry', 'contact', 'order'])('looks up the clients of a manager once for a list: %s', async (name) => {
  const { reading, access } = crm.kartotek.api.contextOf(await crm.as('manager'))
  const { model } = reading.generation
  const { sql } = accessPredicate(model, access, model.objects.get(name)!, 'read', 'r', true)!.compile(reading.db)
  expect(sql.match(/from core\."client"/g)).toHaveLength(1)
})
