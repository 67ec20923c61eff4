/** What the log of accesses knows. */
export const KINDS = [
  'sign_in', 'sign_in_denied', 'sign_out', 'setup', 'setup_denied', 'password_changed', 'password_denied', 'reset_requested', 'reset_link_made', 'reset_done', 'reset_denied',
  'invited', 'invitation_accepted', 'totp_on', 'totp_off', 'recovery_code_used', 'recovery_codes_made', 'session_ended', 'sessions_ended', 'token_created', 'token_revoked',
  'user_deactivated', 'user_activated', 'roles_changed', 'exported', 'plugin_rights', 'plugin_changed', 'plugin_tried',
] as const
/** Those that tell of a refusal. */
export const REFUSED: readonly string[] = KINDS.filter(kind => kind.endsWith('_denied'))
/** Why, where it was a refusal. */
export const REASONS: readonly string[] = ['unknown', 'password', 'totp', 'inactive', 'limit', 'never_signed_in']
/** What the log calls those that are no person, and their words here. */
export const NOBODY = { 'command line': 'command_line', 'link': 'setup_link', 'environment': 'environment' } as const
/** What is done to a plugin, as the log has it. */
export const ACTIONS: readonly string[] = ['add', 'upgrade', 'enable', 'disable', 'remove and keep data', 'remove and drop data']
