import type { IncomingMessage } from 'node:http'

/**
 * Whether a request may act with the browser's cookie. Browsers name the page that sends a request in `Origin`; it must be
 * this server, by `PUBLIC_URL` or by the host that the request itself went to (a server in a local network has several
 * names). A host of an attacker never carries our cookie. Without `Origin`, a browser says by `Sec-Fetch-Site` whether
 * another site sent it; other programs send neither.
 */
export function isSameOrigin(request: IncomingMessage, publicUrl: string): boolean {
  const { origin, host } = request.headers
  if (origin === undefined) return [undefined, 'same-origin', 'none'].includes(request.headers['sec-fetch-site'] as string | undefined)
  if (!URL.canParse(origin)) return false
  const page = new URL(origin)
  return page.origin === new URL(publicUrl).origin || page.host === host
}
