import { InputError } from '@kartotek/sdk'

/** Names that the API needs on every record or type; no field or object may take them. */
const RESERVED_FIELDS = new Set([
  'id', 'version', 'title', 'createdAt', 'createdBy', 'updatedAt', 'updatedBy', 'archivedAt', 'trashedAt', 'owner', 'team',
  'pipeline', 'stage', 'stageEnteredAt', 'closedAt', 'lossReason', 'custom', 'can', 'and', 'or', 'not', 'search', 'stuck', 'withoutNextStep', 'noContactDays', 'mayContact', 'formula',
  'position', 'history', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'true', 'false', 'null',
])
const NAME = /^[a-z][a-zA-Z0-9]{0,39}$/

/** `clientContact` → `client_contact`. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`).replace(/-/g, '_')
}

/** `client` → `Client`. */
export function pascal(name: string): string {
  return name.replace(/(?:^|-)([a-z])/g, (_, c: string) => c.toUpperCase())
}

/** The key of a field in the API. */
export function fieldKey(group: string, name: string): string {
  return group ? `${group}.${name}` : name
}

/** The name of a field in GraphQL enums, which allow no dots. */
export function enumName(key: string): string {
  return key.replace('.', '_').replace(/-/g, '_')
}

/** The GraphQL field under which a plugin's fields are found: its id in camelCase. */
export function groupName(group: string): string {
  return group.replace(/-([a-z0-9])/g, (_, c: string) => c.toUpperCase())
}

/** The column name prefix of a field group, so that nothing built in later can collide. */
export function columnPrefix(group: string): string {
  if (!group) return ''
  return group === 'custom' ? 'x_' : `p_${snake(group)}__`
}

/**
 * Refuses a name that the API cannot carry.
 * @throws InputError with rule `name` or `reserved`
 */
export function checkName(name: string, what: 'field' | 'object', path = 'name'): void {
  if (!NAME.test(name) || name.includes('__')) {
    throw new InputError(`"${name}" is no API name: use 1–40 Latin letters and digits, beginning with a small letter.`, [
      { field: path, rule: 'name', message: 'Use 1–40 Latin letters and digits, beginning with a small letter: tier, deliveryDate.' },
    ])
  }
  if (what === 'field' && RESERVED_FIELDS.has(name)) {
    throw new InputError(`The name "${name}" is taken by the system.`, [
      { field: path, rule: 'reserved', message: `The name "${name}" is taken by the system; choose another one.` },
    ])
  }
}
