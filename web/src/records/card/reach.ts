const CALLED = new Set(['phone', 'whatsapp', 'viber', 'fax'])

/**
 * The address by which a contact point is reached with one click, or null: `tel:`, `mailto:` or the web.
 * @param key its normal form: a number as it is called from anywhere, where a country knows it
 */
export function reachOf(value: string, kinds: readonly string[], key?: unknown): string | null {
  const text = value.trim()
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) return `mailto:${text}`
  if (kinds.some(kind => CALLED.has(kind)) && /\d{3}/.test(text)) return `tel:${typeof key === 'string' && /^\+\d+$/.test(key) ? key : text.replace(/[^\d+]/g, '')}`
  if (/^https?:\/\/\S+$/i.test(text)) return text
  return kinds.includes('site') && /^[^\s/]+\.[^\s]+$/.test(text) ? `https://${text}` : null
}

/** How a number is grouped where people of its country write it, by the digits after the code. */
const GROUPS: [RegExp, string][] = [
  [/^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/, '+7 $1 $2-$3-$4'], [/^\+380(\d{2})(\d{3})(\d{2})(\d{2})$/, '+380 $1 $2 $3 $4'], [/^\+358(\d{2})(\d{3})(\d{2,5})$/, '+358 $1 $2 $3'],
]

/** A number that was written without any spaces, with some: `+79161234567` → `+7 916 123-45-67`. All else stays as it was written. */
export function readable(value: string): string {
  const group = GROUPS.find(([pattern]) => pattern.test(value))
  return group ? value.replace(...group) : value
}
