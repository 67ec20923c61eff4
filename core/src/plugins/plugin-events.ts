import type { PluginDefinition } from '@kartotek/sdk'
import { compileInput } from './job-input.ts'
import { camelId } from './names.ts'

/** Name of a plugin's own event. It has one part more than those of records, so that neither can be taken for the other. */
export const eventName = (plugin: string, event: string): string => `plugin.${camelId(plugin)}.${event}`

const checks = new WeakMap<object, ReturnType<typeof compileInput>>()

/** @throws InputError where the data of an event are not what the plugin declares */
export function checkEvent(plugin: PluginDefinition, event: string, schema: object | undefined, data: unknown): void {
  if (!schema) return
  if (!checks.has(schema)) checks.set(schema, compileInput(`The event ${plugin.id}.${event}`, schema))
  checks.get(schema)?.(data ?? {})
}
