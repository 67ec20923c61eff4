import { query } from '../../graphql/client.ts'

export interface AccessLogEntry { id: string, at: string, kind: string, userId: string | null, ip: string | null, detail: Record<string, unknown> }

const PAGE = 50

/** A page of the log, the newest first. @param before of what is older than this. */
export async function loadAccessLog(filter: { user?: string, kind?: string }, before?: string): Promise<{ entries: AccessLogEntry[], more: boolean }> {
  const { accessLog } = await query<{ accessLog: AccessLogEntry[] }>(
    `query AccessLog($user: ID, $kind: String, $before: DateTime) { accessLog(user: $user, kind: $kind, before: $before, first: ${PAGE}) { id at kind userId ip detail } }`, { ...filter, before })
  return { entries: accessLog, more: accessLog.length === PAGE }
}
