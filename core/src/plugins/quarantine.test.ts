import { expect, it } from 'vitest'
import { Wake } from '../events/index.ts'
import { migrations as eventMigrations } from '../events/migrations.ts'
import { Jobs } from '../jobs/index.ts'
import { migrations as modelMigrations } from '../model/migrations.ts'
import { SecretBox, Settings } from '../settings/index.ts'
import { migrations as settingMigrations } from '../settings/migrations.ts'
import { testDatabase, testLog } from '../testing/index.ts'
import { hostPlugins } from './index.ts'
import { migrations } from './migrations.ts'

const db = await testDatabase({ migrations: [...modelMigrations, ...eventMigrations, ...settingMigrations, ...migrations] })

it('what is in quarantine is not loaded until somebody releases it', async () => {
  const jobs = new Jobs(db, new Wake(db), { log: testLog, work: false })
  const start = () => hostPlugins([], [{ id: 'looping', version: '1.0.0' }, { id: 'good', version: '1.0.0' }], { db, jobs, settings: new Settings(db, new SecretBox('s')), log: testLog })
  await start()
  await db.pool.query(`update core.plugin_state set quarantined_at = now(), quarantine_cause = 'Its code blocked the process for more than 30 s.' where plugin = 'looping'`)
  const host = await start()
  expect(host.states).toMatchObject([
    { id: 'looping', state: 'quarantined', step: 'discovered', cause: 'Its code blocked the process for more than 30 s.' }, { id: 'good', state: 'starting' },
  ])
  const release = host.graphql.find((part) => part.from === 'plugins')!.resolvers.Mutation!.releasePlugin!
  const ctx = { access: { require: () => undefined } } as never
  expect(await release(null, { id: 'looping' }, ctx)).toBe(true)
  await expect(release(null, { id: 'looping' }, ctx)).rejects.toThrow('is not in quarantine')
  expect((await start()).states[0]).toMatchObject({ id: 'looping', state: 'starting' })
})
