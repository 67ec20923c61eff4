import { objectFeatures } from '../core-features.ts'
import type { Config, Logger } from '../config/index.ts'
import type { Database } from '../database/index.ts'
import { contributionsOf, install } from '../install.ts'
import type { CompanyRules } from '../model/generation.ts'
import { LiveModel } from '../model/live.ts'
import type { Engine } from '../records/engine.ts'
import { SecretBox, Settings } from '../settings/index.ts'

/**
 * The record engine without a server, for commands that write records. Guards of plugins need the running server: where one
 * could object, use the API instead.
 */
export async function withEngine<Result>(db: Database, config: Config, log: Logger, work: (engine: Engine) => Promise<Result>): Promise<Result> {
  const settings = new Settings(db, new SecretBox(config.secret))
  const rules = (): CompanyRules => {
    const { country, phoneCountry, baseCurrency, timeZone, locale } = settings.company
    return { country: phoneCountry ?? country, currency: baseCurrency, timeZone, locale }
  }
  const features = objectFeatures(rules)
  await install(db, contributionsOf(features))
  await settings.refresh()
  const computations = new Map(features.flatMap((feature) => Object.keys(feature.compute ?? {})).map((object) =>
    [object, features.flatMap((feature) => feature.compute?.[object] ?? [])] as const))
  const live = await LiveModel.open({ db: db.kysely, known: new Set(features.map((feature) => feature.id)), company: async () => { await settings.refresh(); return rules() } }, log)
  try {
    return await work({
      db: db.kysely, live, guards: { has: () => false, run: async () => undefined }, computations, log, needsOf: () => undefined, afterCommit: () => undefined,
    })
  } finally {
    await live.close()
  }
}
