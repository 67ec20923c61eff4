/**
 * Whether an event's name matches a pattern: `*` stands for anything within one segment.
 * @example matchesPattern('client.*', 'client.updated') // true
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const wanted = pattern.split('.')
  const given = name.split('.')
  return wanted.length === given.length && wanted.every((w, i) => matchesSegment(w, given[i]!))
}

function matchesSegment(pattern: string, text: string): boolean {
  const [head, ...rest] = pattern.split('*')
  if (!rest.length) return pattern === text
  const tail = rest.pop()!
  if (!text.startsWith(head!) || !text.endsWith(tail) || text.length < head!.length + tail.length) return false
  let at = head!.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > text.length - tail.length) return false
    at = found + part.length
  }
  return true
}
