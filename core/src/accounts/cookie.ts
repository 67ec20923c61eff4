import { createHmac } from 'node:crypto'
import { sameText } from './secrets.ts'

/** Idle for longer than this, a session is over. */
export const IDLE_SECONDS = 14 * 24 * 3600
/** However busy, a session is over after this. */
export const ABSOLUTE_SECONDS = 90 * 24 * 3600

/**
 * Name and attributes of the session cookie. Over https the `__Host-` prefix keeps other hosts and paths from setting
 * it; browsers refuse that prefix over plain http.
 */
export function sessionCookie(publicUrl: string) {
  const secure = new URL(publicUrl).protocol === 'https:'
  return {
    name: secure ? '__Host-kartotek' : 'kartotek_session',
    secure,
    attributes: { path: '/', httpOnly: true, sameSite: 'lax' as const, secure },
  }
}

/** The value of a cookie as sent; null where it is absent or sent twice (somebody planted one). */
export function readCookie(header: string | undefined, name: string): string | null {
  if (!header) return null
  let found: string | null = null
  for (const part of header.split(';')) {
    const at = part.indexOf('=')
    if (at < 0 || part.slice(0, at).trim() !== name) continue
    if (found !== null) return null
    found = part.slice(at + 1).trim()
  }
  return found
}

/** The session id of a signed cookie value (`id.signature`, as better-auth writes it), or null where the signature is not ours. */
export function verifiedSessionId(value: string | null, key: string): string | null {
  if (!value || value.length > 300) return null
  let text: string
  try { text = decodeURIComponent(value) } catch { return null }
  const at = text.lastIndexOf('.')
  if (at < 1) return null
  const id = text.slice(0, at)
  const expected = createHmac('sha256', key).update(id).digest('base64')
  return sameText(text.slice(at + 1), expected) ? id : null
}

/** The header value that sets the cookie of a new session, signed as {@link verifiedSessionId} reads it. */
export function signedCookie(publicUrl: string, id: string, key: string): string {
  const { name, secure } = sessionCookie(publicUrl)
  const value = encodeURIComponent(`${id}.${createHmac('sha256', key).update(id).digest('base64')}`)
  return `${name}=${value}; Max-Age=${ABSOLUTE_SECONDS}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
}

/** The header value that removes the cookie. */
export function expiredCookie(publicUrl: string): string {
  const { name, secure } = sessionCookie(publicUrl)
  return `${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
}

/** The cookie of a browser on its way to a provider of identities and back; null ends it. */
export function journeyCookie(publicUrl: string, value: string | null, seconds: number): string {
  const { secure } = sessionCookie(publicUrl)
  return `${journeyName(publicUrl)}=${value ?? ''}; Max-Age=${value === null ? 0 : seconds}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
}
export const journeyName = (publicUrl: string): string => sessionCookie(publicUrl).secure ? '__Host-kartotek-journey' : 'kartotek_journey'
