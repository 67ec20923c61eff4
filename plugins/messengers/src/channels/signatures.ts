import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

const digest = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest()
/** In a time that tells nothing of where two texts differ. */
export const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

/**
 * `X-Hub-Signature-256` of Meta: over the body as it came, or with everything beyond ASCII written as `\uxxxx`, which is what Meta signs
 * when something on the way wrote it anew.
 */
export function metaSigned(body: Buffer, header: string | undefined, secret: string | undefined): boolean {
  if (!secret || !header?.startsWith('sha256=')) return false
  const given = header.slice(7)
  const of = (text: string | Buffer): string => createHmac('sha256', secret).update(text).digest('hex')
  return same(given, of(body)) || same(given, of(escaped(body.toString('utf8'))))
}

function escaped(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** `X-Viber-Content-Signature`. */
export function viberSigned(body: Buffer, header: string | undefined, token: string | undefined): boolean {
  return Boolean(token && header) && same(header!, createHmac('sha256', token!).update(body).digest('hex'))
}
