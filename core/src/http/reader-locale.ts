import type { IncomingMessage } from 'node:http'
import type { Locale } from '@kartotek/sdk'
import { acceptedLocale } from '../accounts/messages.ts'

const known = new WeakMap<IncomingMessage, Locale>()

/** Remembers the language of the person behind a request, so that errors are told in it too. */
export function noteReader(request: IncomingMessage, locale: Locale): void {
  known.set(request, locale)
}

/** The language of who asks: the person's own, or the one that `Accept-Language` wants where nobody is signed in. */
export function readerLocale(request: IncomingMessage): Locale {
  return known.get(request) ?? acceptedLocale(request.headers['accept-language'])
}
