import type { RequestHandler } from 'express'
import helmet from 'helmet'
import type { Config } from '../config/index.ts'

/**
 * Headers of every answer. Scripts come from this origin only, plus the inline ones of our own page, named by their hash.
 * Styles may be inline: several libraries of the web app write `<style>` elements. A page with other needs sets its own
 * `content-security-policy` header.
 *
 * @param inlineScripts CSP sources such as `'sha256-…'`
 */
export function securityHeaders(config: Config, inlineScripts: string[]): RequestHandler {
  const https = config.tls !== undefined || config.publicUrl?.startsWith('https:') === true
  const fixed: [string, string][] = []
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': [`'none'`],
        'script-src': [`'self'`, ...inlineScripts],
        'style-src': [`'self'`, `'unsafe-inline'`],
        'img-src': [`'self'`, 'data:', 'blob:'],
        'font-src': [`'self'`],
        // Recordings of calls are played on the page.
        'media-src': [`'self'`],
        'connect-src': [`'self'`],
        'manifest-src': [`'self'`],
        'base-uri': [`'none'`],
        'form-action': [`'self'`],
        'frame-ancestors': [`'none'`],
        'object-src': [`'none'`],
      },
    },
    // browsers ignore these two over plain http, with an error in the console of each visitor
    crossOriginOpenerPolicy: https && { policy: 'same-origin' },
    originAgentCluster: https,
    strictTransportSecurity: https && { maxAge: 31_536_000 },
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'same-origin' },
  })({} as never, { setHeader: (name: string, value: string) => fixed.push([name, value]), removeHeader: () => undefined } as never, () => undefined)
  // The same for every answer, so they are worded once.
  return (_request, response, next) => {
    for (const [name, value] of fixed) response.setHeader(name, value)
    next()
  }
}
