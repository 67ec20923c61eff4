import type { Database } from '../database/index.ts'

/** What the access log knows. `*_denied` are refusals, with the reason in `detail.reason`. */
export type AccessLogKind =
  | 'sign_in' | 'sign_in_denied' | 'sign_out' | 'setup' | 'setup_denied'
  | 'password_changed' | 'password_denied' | 'reset_requested' | 'reset_done' | 'reset_denied' | 'invited' | 'invitation_accepted'
  | 'totp_on' | 'totp_off' | 'recovery_code_used' | 'recovery_codes_made' | 'session_ended' | 'sessions_ended'
  | 'token_created' | 'token_revoked' | 'user_deactivated' | 'user_activated' | 'roles_changed' | 'reset_link_made' | 'exported' | 'plugin_rights' | 'plugin_changed' | 'plugin_tried'

export interface AccessLogEntry {
  kind: AccessLogKind
  /** Whom it is about, where known. */
  userId?: string | null
  ip?: string | undefined
  /** Never a password, code, token or session id. */
  detail?: Record<string, unknown>
}

/** Appends to `core.access_log`, which the application cannot rewrite. */
export async function writeAccessLog(db: Pick<Database, 'pool'>, entry: AccessLogEntry): Promise<void> {
  await db.pool.query('insert into core.access_log (kind, user_id, ip, detail) values ($1, $2, $3, $4)',
    [entry.kind, entry.userId ?? null, entry.ip ?? null, JSON.stringify(entry.detail ?? {})])
}
