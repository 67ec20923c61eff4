/** kebab-case, as a plugin's id. */
export const ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
/** camelCase, as names of jobs, objects and fields. */
export const CAMEL = /^[a-z][a-zA-Z0-9]{0,39}$/

/** `voice-mail` → `voiceMail`: the prefix of a plugin's fields in GraphQL, and the group of its fields on records. */
export function camelId(id: string): string {
  return id.replace(/-([a-z0-9])/g, (_, c: string) => c.toUpperCase())
}

/** `voice-mail` → `VoiceMail`: the prefix of a plugin's types in GraphQL. */
export function pascalId(id: string): string {
  const camel = camelId(id)
  return camel[0]!.toUpperCase() + camel.slice(1)
}
