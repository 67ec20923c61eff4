import type { Recognised } from '@kartotek/sdk'
import { isActive } from '../call/people.ts'
import type { Ctx } from '../settings.ts'

/**
 * Who is to call back: who looks after the client, else whose telephone rang last, else the person of the settings; the settings say
 * where that begins. Who does not work here any more is passed over.
 */
export async function responsibleFor(ctx: Ctx, who: Pick<Recognised, 'clientOwner' | 'contactOwner' | 'orderOwner'> | null, rung: string | null): Promise<string | null> {
  const chain = { responsible: who?.orderOwner ?? who?.clientOwner ?? who?.contactOwner ?? null, rung, default: ctx.settings.defaultUser || null }
  const order = ['responsible', 'rung', 'default'] as const
  for (const step of order.slice(order.indexOf(ctx.settings.missedTo))) {
    const user = chain[step]
    if (user && await isActive(ctx, user)) return user
  }
  return null
}
