import type { PluginDefinition } from '@kartotek/sdk'
import { PluginError } from './state.ts'

/** Objects that are there already, by name (singular and plural), with the id of who brought them. */
export type KnownObjects = Map<string, string>

/**
 * Checks that the objects and fields of a plugin fit to what is there, and adds them.
 * @throws PluginError where a name is taken, or a field refers to or extends an object that nobody brings
 */
export function contributeModel(plugin: PluginDefinition, known: KnownObjects): void {
  const objects = plugin.objects ?? []
  const own = new Set(objects.map((o) => o.name))
  const problems = [
    ...objects.flatMap((o) => [o.name, o.plural]).filter((name) => known.has(name))
      .map((name) => `The object name "${name}" is taken by "${known.get(name)}".`),
    ...Object.keys(plugin.fields ?? {}).filter((object) => !own.has(object) && !known.has(object))
      .map((object) => `It adds fields to the object "${object}", which does not exist.`),
    ...[...objects.map((o) => ({ object: o.name, fields: o.fields })), ...Object.entries(plugin.fields ?? {}).map(([object, fields]) => ({ object, fields }))]
      .flatMap(({ object, fields }) => fields.filter((f) => f.to && !own.has(f.to) && !known.has(f.to))
        .map((f) => `Its field ${object}.${f.name} refers to the object "${f.to}", which does not exist.`)),
  ]
  if (problems.length) throw new PluginError(problems.join(' '))
  for (const object of objects) {
    known.set(object.name, plugin.id)
    known.set(object.plural, plugin.id)
  }
}
