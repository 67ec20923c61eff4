import type { PluginMigration } from '@kartotek/sdk'
import type { Ctx } from './settings.ts'

/** Times in which nothing was heard of an exchange: what happened then is not in the log of calls. */
export const outageMigrations: PluginMigration[] = [{
  id: '0001-outages',
  sql: 'create table outage (provider text not null, began timestamptz not null, ended timestamptz not null, primary key (provider, began))',
}]

const KEPT_DAYS = 90

export async function keepOutage(ctx: Ctx, provider: string, began: Date, ended: Date): Promise<void> {
  await ctx.db.query('insert into outage (provider, began, ended) values ($1, $2, $3) on conflict do nothing', [provider, began, ended])
  await ctx.db.query(`delete from outage where ended < now() - interval '${KEPT_DAYS} days'`)
}

export const outageTypes = `
"A time in which nothing was heard of an exchange: calls of it may be missing in the log."
type TelephonyOutage { provider: String! began: DateTime! ended: DateTime! }
extend type Query {
  "The newest hundred of the last 90 days; with the right telephony.log.read."
  telephonyOutages: [TelephonyOutage!]!
}
`

export async function outages(ctx: Ctx): Promise<object[]> {
  ctx.require('log.read')
  const rows = await ctx.db.query<{ provider: string, began: Date, ended: Date }>('select provider, began, ended from outage order by began desc limit 100')
  return rows.map(({ provider, began, ended }) => ({ provider, began: began.toISOString(), ended: ended.toISOString() }))
}
