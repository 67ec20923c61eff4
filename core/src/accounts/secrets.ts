import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

/** Keys derived from the process secret, one per purpose, and what is done with them. */
export interface Secrets {
  /** Signs session cookies. */
  readonly cookieKey: string
  /** Encrypts with AES-256-GCM; `context` binds the text to its place, so that it cannot be moved to another row. */
  seal(text: string, context: string): string
  /** @throws if the text was changed, moved or sealed by another secret */
  open(sealed: string, context: string): string
  /** Keyed hash for short codes, useless without the process secret. */
  mac(text: string): string
}

export function deriveSecrets(secret: string): Secrets {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, 'kartotek', purpose, 32))
  const sealKey = derive('seal')
  const macKey = derive('codes')
  return {
    cookieKey: derive('session cookie').toString('base64url'),
    seal(text, context) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', sealKey, iv).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64url')
      const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, 12), { authTagLength: 16 })
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(12, 28))
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
    },
    mac: (text) => createHmac('sha256', macKey).update(text).digest('hex'),
  }
}

/** 256 random bits, 43 characters of base64url. */
export const randomToken = (): string => randomBytes(32).toString('base64url')

/** For secrets of 256 random bits a plain hash is enough: there is nothing to guess. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Compares without telling by time where two texts differ. */
export function sameText(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)]
  return x.length === y.length && timingSafeEqual(x, y)
}
