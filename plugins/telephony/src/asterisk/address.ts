import type { AmiAddress } from './ami-client.ts'

/** What the manager interface is reached by. */
export interface AmiSettings { asteriskUrl: string, asteriskUser: string, asteriskSecret?: string }

/** Where the exchange is; null while it is not set up. */
export function addressOf({ asteriskUrl, asteriskUser, asteriskSecret }: AmiSettings): AmiAddress | null {
  return asteriskUrl && asteriskUser && asteriskSecret ? { url: asteriskUrl, user: asteriskUser, secret: asteriskSecret } : null
}
