import { domainToASCII, domainToUnicode } from 'node:url'

/** An e-mail address as somebody wrote it, and its normal form. */
export interface Email {
  /** The text as given, trimmed. */
  raw: string
  /** Lower case, domain in punycode; null where the text is no address. This is the key of duplicates. */
  value: string | null
  /** For people: lower case, domain in its own letters. */
  display: string
  /** Domain in punycode. */
  domain: string | null
  /** A mailbox of a function (info@, sales@), not of a person: a weak key. */
  role: boolean
  valid: boolean
}

const ROLES = new Set(('abuse accounting admin administrator asiakaspalvelu billing booking buh buhgalter buhgalteria ' +
  'contact contacts customerservice director finance hello help helpdesk hostmaster hr info inform invoice jobs kontakt ' +
  'laskutus mail manager marketing myynti newsletter no-reply noreply office order orders ostot postmaster press reception ' +
  'reklama root sale sales secretary security service shop snab snabzhenie support team toimisto tilaus tilaukset ' +
  'tender tenders webmaster zakaz zakupki zayavka').split(' '))
const LOCAL = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u
const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9-]{2,63}$/

/**
 * Reads an e-mail address; `Name <a@b.fi>` and `mailto:` forms too. `+tag` and dots stay: they are part of the address.
 * @example normaliseEmail(' Info@Пример.РФ ').value // 'info@xn--e1afmkfd.xn--p1ai'
 */
export function normaliseEmail(raw: string): Email {
  const text = raw.trim()
  const bare = (/<([^<>]+)>$/.exec(text)?.[1] ?? text).replace(/^mailto:/i, '').trim().toLowerCase()
  const at = bare.lastIndexOf('@')
  const local = bare.slice(0, at).normalize('NFC')
  const domain = at < 1 ? '' : domainToASCII(bare.slice(at + 1).replace(/\.$/, ''))
  const valid = at > 0 && Buffer.byteLength(local) <= 64 && LOCAL.test(local) && DOMAIN.test(domain)
    && Buffer.byteLength(local) + domain.length < 254
  if (!valid) return { raw: text, value: null, display: text, domain: null, role: false, valid: false }
  return {
    raw: text, value: `${local}@${domain}`, display: `${local}@${domainToUnicode(domain)}`, domain,
    role: ROLES.has(local.replace(/\d+$/, '')), valid: true,
  }
}
