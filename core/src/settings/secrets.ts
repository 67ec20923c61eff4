import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { UnavailableError } from '@kartotek/sdk'

/** An encrypted value as it is stored. */
export interface SealedSecret { $secret: string }

/** Encrypts settings at rest with AES-256-GCM, under a key derived from `KARTOTEK_SECRET`. */
export class SecretBox {
  readonly #key: Buffer

  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, 'kartotek', 'settings', 32))
  }

  /** `purpose` (key and path of the setting) is bound to the value: it cannot be moved to another place. */
  seal(text: string, purpose: string): SealedSecret {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(purpose))
    const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return { $secret: `1.${Buffer.concat([nonce, cipher.getAuthTag(), data]).toString('base64url')}` }
  }

  /** @throws UnavailableError where the value was encrypted under another `KARTOTEK_SECRET` */
  open(sealed: SealedSecret, purpose: string): string {
    try {
      const [version, text = ''] = sealed.$secret.split('.')
      if (version !== '1') throw new Error('unknown version')
      const bytes = Buffer.from(text, 'base64url')
      const cipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12)).setAAD(Buffer.from(purpose))
      cipher.setAuthTag(bytes.subarray(12, 28))
      return Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString('utf8')
    } catch {
      throw new UnavailableError(`The secret setting ${purpose} cannot be read: it was stored under another KARTOTEK_SECRET. Enter it again.`)
    }
  }
}

export function isSealed(value: unknown): value is SealedSecret {
  return typeof (value as SealedSecret | null)?.$secret === 'string'
}
