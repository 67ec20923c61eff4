import type { Locale, PluginDefinition } from '@kartotek/sdk'
import { seedRoles } from './access/roles.ts'
import { migrate, type Database } from './database/index.ts'
import { migrations } from './migrations.ts'
import { buildIndexes } from './model/indexes.ts'
import { syncModel, type ModelContribution } from './model/sync.ts'
import { seedPipelines } from './pipelines/seed.ts'
import type { PluginHost } from './plugins/index.ts'

/** The model that features bring. */
export function contributionsOf(features: readonly PluginDefinition[], core = true): ModelContribution[] {
  return features.filter((f) => f.objects?.length || f.fields).map((f) => ({ from: f.id, core, objects: f.objects ?? [], fields: f.fields ?? {} }))
}

/** Brings a database up to this version: migrations and the model of the features given. */
export async function install(db: Database, contributions: ModelContribution[]): Promise<void> {
  await migrate(db, migrations)
  await bringModel(db, contributions)
  await buildIndexes(db.kysely, contributions.map((c) => c.from))
}

/**
 * The model of features and plugins, ready roles and a first pipeline. Safe with two nodes starting at once, and with a
 * node of another version running. A plugin whose part of the model does not fit fails alone.
 */
export async function installModel(db: Database, host: PluginHost, locale: Locale): Promise<void> {
  const core = host.model.filter((c) => c.core)
  await bringModel(db, core)
  for (const contribution of host.model.filter((c) => !c.core)) {
    try {
      await bringModel(db, [contribution])
    } catch (error) {
      host.fail(contribution.from, 'model contributed', error)
    }
  }
  await buildIndexes(db.kysely, host.active.map((p) => p.id), locale, true)
}

async function bringModel(db: Database, contributions: ModelContribution[]): Promise<void> {
  await db.kysely.transaction().execute(async (trx) => {
    await syncModel(trx, contributions)
    await seedRoles(trx)
    await seedPipelines(trx)
  })
}
