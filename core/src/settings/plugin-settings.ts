import { isDeepStrictEqual } from 'node:util'
import { isSealed, type SecretBox } from './secrets.ts'

type Values = Record<string, unknown>

/** The stored values with secrets in clear, ready for the schema's check. */
export function openSecrets(stored: Values, paths: string[], key: string, box: SecretBox): Values {
  const values = structuredClone(stored)
  for (const path of paths) {
    const value = at(values, path)
    if (isSealed(value)) put(values, path, box.open(value, `${key}.${path}`))
  }
  return values
}

/** `stored` with `patch` over it, and the patch's secrets encrypted. A secret of null is removed; an untouched one stays. */
export function sealSecrets(stored: Values, patch: Values, paths: string[], key: string, box: SecretBox): Values {
  const values = merged(stored, patch)
  for (const path of paths) {
    const given = at(patch, path)
    if (typeof given === 'string') put(values, path, box.seal(given, `${key}.${path}`))
    else if (given === null) put(values, path, undefined)
    // What is shown of a secret (`{ isSet: true }`) may come back with a form: it changes nothing.
    else put(values, path, at(stored, path))
  }
  return values
}

/** The stored values with `{ isSet }` in place of each secret; `replaced` where it is another one than in `former`. */
export function shownSettings(stored: Values, paths: string[], former?: Values): Values {
  const values = structuredClone(stored)
  for (const path of paths) {
    const secret = at(values, path)
    const replaced = isSealed(secret) && former !== undefined && isSealed(at(former, path)) && !isDeepStrictEqual(secret, at(former, path))
    put(values, path, { isSet: isSealed(secret), ...(replaced && { replaced }) })
  }
  return values
}

/** The secrets that are there, in clear. */
export function secretsAmong(values: Values, paths: string[]): string[] {
  return paths.map((path) => at(values, path)).filter((value) => typeof value === 'string' && value !== '') as string[]
}

function merged(stored: Values, patch: Values): Values {
  const values = structuredClone(stored)
  for (const [name, value] of Object.entries(patch)) {
    values[name] = isGroup(value) && isGroup(values[name]) ? merged(values[name], value) : structuredClone(value)
  }
  return values
}

function isGroup(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isSealed(value)
}

function at(values: Values, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (isGroup(value) ? value[name] : undefined), values)
}

function put(values: Values, path: string, value: unknown): void {
  const names = path.split('.')
  const last = names.pop()!
  let group = values
  for (const name of names) {
    if (!isGroup(group[name])) {
      if (value === undefined) return
      group[name] = {}
    }
    group = group[name] as Values
  }
  if (value === undefined) delete group[last]
  else group[last] = value
}
