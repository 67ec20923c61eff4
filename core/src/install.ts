import type { PluginDefinition } from '@kartotek/sdk'
import { seedRoles } from './access/roles.ts'
import { migrate, type Database } from './database/index.ts'
import { migrations } from './migrations.ts'
import { buildIndexes } from './model/indexes.ts'
import { syncModel, type ModelContribution } from './model/sync.ts'
import { seedPipelines } from './pipelines/seed.ts'

/** The model that features bring. */
export function contributionsOf(features: readonly PluginDefinition[], core = true): ModelContribution[] {
  return features.filter((f) => f.objects?.length || f.fields).map((f) => ({ from: f.id, core, objects: f.objects ?? [], fields: f.fields ?? {} }))
}

/**
 * Brings a database up to this version: migrations, the contributed model, ready roles and a first pipeline. Safe with
 * two nodes starting at once, and with a node of another version running.
 */
export async function install(db: Database, contributions: ModelContribution[]): Promise<void> {
  await migrate(db, migrations)
  await db.kysely.transaction().execute(async (trx) => {
    await syncModel(trx, contributions)
    await seedRoles(trx)
    await seedPipelines(trx)
  })
  await buildIndexes(db.kysely, contributions.map((c) => c.from))
}
