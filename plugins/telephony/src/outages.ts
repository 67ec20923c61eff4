import type { PluginMigration } from '@kartotek/sdk'
import type { Ctx } from './settings.ts'

/** Times in which nothing was heard of an exchange: what happened then is not in the log of calls. */
export const outageMigrations: PluginMigration[] = [{
  id: '0001-outages',
  sql: 'create table outage (provider text not null, began timestamptz not null, ended timestamptz not null, primary key (provider, began))',
}, {
  id: '0002-heard',
  sql: 'create table heard (provider text primary key, until_at timestamptz not null)',
}]

const KEPT_DAYS = 90

export async function keepOutage(ctx: Ctx, provider: string, began: Date, ended: Date): Promise<void> {
  await ctx.db.query('insert into outage (provider, began, ended) values ($1, $2, $3) on conflict do nothing', [provider, began, ended])
  await ctx.db.query(`delete from outage where ended < now() - interval '${KEPT_DAYS} days'`)
}

/** The connection stands: whoever listens next, on whatever node, knows from when on nobody did. */
export async function noteHeard(ctx: Ctx, provider: string): Promise<void> {
  await ctx.db.query('insert into heard (provider, until_at) values ($1, now()) on conflict (provider) do update set until_at = now()', [provider])
}

/** Null where nobody ever listened, or nobody was to. */
export async function heardUntil(ctx: Ctx, provider: string): Promise<Date | null> {
  const [row] = await ctx.db.query<{ until_at: Date }>('select until_at from heard where provider = $1', [provider])
  return row?.until_at ?? null
}

/** It is no longer set up: what is not heard then is not missed. */
export async function forgetHeard(ctx: Ctx, provider: string): Promise<void> {
  await ctx.db.query('delete from heard where provider = $1', [provider])
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
