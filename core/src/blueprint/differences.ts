/** What is different between two values of JSON, a line for each place: `labels.en: "Tier" → "Level"`. */
export function differences(from: unknown, to: unknown, path = ''): string[] {
  if (same(from, to)) return []
  if (isObject(from) && isObject(to)) {
    return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) => differences(from[key], to[key], path ? `${path}.${key}` : key))
  }
  if (Array.isArray(from) && Array.isArray(to)) return inLists(from, to, path)
  return [from === undefined ? `${path}: ${short(to)}` : to === undefined ? `${path}: without ${short(from)}` : `${path}: ${short(from)} → ${short(to)}`]
}

/** Items of lists are known by their keys, or by what they are. */
function inLists(from: readonly unknown[], to: readonly unknown[], path: string): string[] {
  const name = (item: unknown): string => (isObject(item) && typeof item.key === 'string' ? item.key : short(item))
  const before = new Map(from.map((item) => [name(item), item]))
  const after = new Map(to.map((item) => [name(item), item]))
  const lines = [
    ...[...before.keys()].filter((key) => !after.has(key)).map((key) => `${path}: without ${key}`),
    ...[...after.keys()].filter((key) => !before.has(key)).map((key) => `${path}: and ${key}`),
    ...[...after].filter(([key]) => before.has(key)).flatMap(([key, item]) => differences(before.get(key), item, `${path}.${key}`)),
  ]
  return lines.length > 0 ? lines : [`${path}: in another order`]
}

/** An object that is no list. */
export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function same(a: unknown, b: unknown): boolean {
  if (isObject(a) && isObject(b)) return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => same(a[key], b[key]))
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]))
  return a === b
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
