import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import type { Server } from 'node:http'
import type { ServerOptions } from 'node:https'
import { createSecureContext, type Server as TlsServer } from 'node:tls'
import type { Logger } from '../config/log.ts'
import { StartError } from '../database/errors.ts'

const LOOK_MS = 60_000

/** The certificate of the server; a renewed one is taken up without a restart. */
export function certificate(files: { cert: string, key: string }, log: Logger): { options: ServerOptions, follow(server: Server): void, forget(): void } {
  const read = (): { cert: Buffer, key: Buffer } => ({ cert: readFileSync(files.cert), key: readFileSync(files.key) })
  const options = read()
  try {
    createSecureContext(options)
  } catch (error) {
    throw new StartError(`TLS_CERT and TLS_KEY cannot be used (${(error as Error).message}): write the paths of a certificate chain and its private key in PEM form.`, { cause: error })
  }
  return {
    options: { ...options, minVersion: 'TLSv1.2' },
    follow(server) {
      watchFile(files.cert, { interval: LOOK_MS, persistent: false }, () => {
        try {
          (server as unknown as TlsServer).setSecureContext(read())
          log.info('took up the renewed certificate')
        } catch (error) {
          log.error({ err: error }, 'the renewed certificate cannot be used; the old one stays')
        }
      })
    },
    forget: () => unwatchFile(files.cert),
  }
}
