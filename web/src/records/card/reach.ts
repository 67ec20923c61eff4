const CALLED = new Set(['phone', 'whatsapp', 'viber', 'fax'])

/** The address by which a contact point is reached with one click, or null: `tel:`, `mailto:` or the web. */
export function reachOf(value: string, kinds: readonly string[]): string | null {
  const text = value.trim()
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) return `mailto:${text}`
  if (kinds.some(kind => CALLED.has(kind)) && /\d{3}/.test(text)) return `tel:${text.replace(/[^\d+]/g, '')}`
  if (/^https?:\/\/\S+$/i.test(text)) return text
  return kinds.includes('site') && /^[^\s/]+\.[^\s]+$/.test(text) ? `https://${text}` : null
}
