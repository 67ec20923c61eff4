import type { PluginDefinition } from '@kartotek/sdk'
import satisfies from 'semver/functions/satisfies.js'

/** Plugins in an order in which each comes after what it depends on, and those that cannot come at all with the cause. */
export interface Order {
  sorted: PluginDefinition[]
  broken: { plugin: PluginDefinition, cause: string }[]
}

/**
 * Sorts plugins by their dependencies; those without any keep the given order.
 * @param core versions of the features by id: they are there before any plugin
 * @param lost causes by id of installed plugins that did not come so far
 */
export function orderPlugins(plugins: PluginDefinition[], core: ReadonlyMap<string, string>, lost: ReadonlyMap<string, string>): Order {
  const byId = new Map(plugins.map((p) => [p.id, p]))
  const sorted: PluginDefinition[] = []
  // Members of cycles are settled first, so that the walk below always ends.
  const causes = new Map<string, string | null>(plugins.flatMap((p) => {
    const cycle = cycleFrom(p.id, byId)
    return cycle ? [[p.id, `It depends on itself: ${cycle.join(' → ')}.`]] : []
  }))

  function visit(plugin: PluginDefinition): string | null {
    if (!causes.has(plugin.id)) {
      const needs = Object.entries(plugin.dependsOn ?? {})
      const cause = needs.map(([id, need]) => unmet(id, need)).find((c) => c !== null) ?? null
      causes.set(plugin.id, cause)
      if (!cause) sorted.push(plugin)
    }
    return causes.get(plugin.id)!
  }

  function unmet(id: string, { range, optional }: { range: string, optional?: boolean }): string | null {
    const other = byId.get(id)
    const failed = other ? visit(other) : lost.get(id) ?? null
    if (failed) return optional ? null : `It needs "${id}", which has failed: ${failed}`
    const version = other?.version ?? core.get(id)
    if (version === undefined) return optional ? null : `It needs "${id}", which is not installed: add it to KARTOTEK_PLUGINS.`
    return satisfies(version, range, { includePrerelease: true }) ? null : `It needs "${id}" in a version ${range}, and ${version} is installed.`
  }

  for (const plugin of plugins) visit(plugin)
  return { sorted, broken: plugins.flatMap((plugin) => (causes.get(plugin.id) ? [{ plugin, cause: causes.get(plugin.id)! }] : [])) }
}

/** The shortest way of dependencies from a plugin back to itself: `a → b → a`. */
function cycleFrom(id: string, byId: ReadonlyMap<string, PluginDefinition>): string[] | null {
  const paths: string[][] = [[id]]
  const seen = new Set<string>()
  for (const path of paths) {
    for (const next of Object.keys(byId.get(path.at(-1)!)?.dependsOn ?? {})) {
      if (next === id) return [...path, id]
      if (!seen.has(next)) paths.push([...path, next])
      seen.add(next)
    }
  }
  return null
}
