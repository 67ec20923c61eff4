/** `value` with each of the secrets in its texts replaced, also as they stand in addresses. What is deeper than six levels stays as it is. */
export function blackened(value: unknown, secrets: readonly string[], depth = 0): unknown {
  if (!secrets.length || depth > 6) return value
  if (typeof value === 'string') return blackenedText(value, secrets)
  if (value instanceof Error) {
    return { type: value.name, message: blackenedText(value.message, secrets), stack: blackened(value.stack, secrets) }
  }
  if (Array.isArray(value)) return value.map((part) => blackened(part, secrets, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, blackened(part, secrets, depth + 1)]))
}

export function blackenedText(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]').replaceAll(encodeURIComponent(secret), '[secret]'), text)
}
