import { domainToUnicode } from 'node:url'

/** A web address as somebody wrote it, and its safe form. */
export interface WebAddress {
  raw: string
  /** Absolute address with http or https; null where the text is none. */
  value: string | null
  /** For people: without the protocol, host in its own letters, no final slash. */
  display: string
  /** Host in lower case and punycode, without `www.`: the key of duplicates. */
  host: string | null
  valid: boolean
}

const HOST = /^(?=.{1,253}$)(([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}|\[[0-9a-f:.]+\]|(\d{1,3}\.){3}\d{1,3}|localhost)$/

/**
 * Reads a web address. Only http and https pass; a text without a protocol gets https. Addresses that carry a user
 * name or a password are refused: they are used to deceive, and a card is no place for a password.
 * @example normaliseUrl('WWW.Example.com/shop').value // 'https://www.example.com/shop'
 */
export function normaliseUrl(raw: string): WebAddress {
  const text = raw.trim()
  const refused: WebAddress = { raw: text, value: null, display: text, host: null, valid: false }
  if (!text || text.length > 2000 || /[\s\u0000-\u001f\u007f<>"\\]/.test(text)) return refused
  const scheme = /^([a-z][a-z0-9+.-]*):(?!\d)/i.exec(text)?.[1]?.toLowerCase()
  if (scheme && scheme !== 'http' && scheme !== 'https') return refused
  const url = URL.parse(scheme ? text : `https://${text.replace(/^\/+/, '')}`)
  if (!url || url.username || url.password || !HOST.test(url.hostname)) return refused
  const host = url.hostname.replace(/^www\./, '')
  const path = `${url.pathname}${url.search}${url.hash}`.replace(/^\/$/, '')
  const port = url.port ? `:${url.port}` : ''
  return {
    raw: text, value: url.href, host: host + port, valid: true,
    display: (domainToUnicode(host) || host) + port + path,
  }
}
