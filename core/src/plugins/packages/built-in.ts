import { readFileSync } from 'node:fs'
import type { FieldDefinition, ObjectDefinition, PluginDefinition } from '@kartotek/sdk'
import { buildASTSchema, Kind, parse, type DefinitionNode, type DocumentNode, type FieldDefinitionNode, type GraphQLSchema } from 'graphql'
import { compileAccess } from '../../access/access.ts'
import { SYSTEM_CALLER } from '../../access/caller.ts'
import { generateSdl } from '../../graphql/sdl.ts'
import { modelOf, type FieldRow, type ObjectRow } from '../../model/load.ts'
import { columnsOf } from '../../model/ddl.ts'

/** The schema of the core as it comes, kept in the repository. */
const BUILT_IN = new URL('../../../schema.graphql', import.meta.url)
let document: DocumentNode | undefined
const builtIn = (): DocumentNode => document ??= parse(readFileSync(BUILT_IN, 'utf8'), { noLocation: true })

/** Names of the objects that the core brings, read off the inputs of their queries. */
export function builtInObjects(): string[] {
  const names = new Set(builtIn().definitions.flatMap((node) => (node.kind === Kind.OBJECT_TYPE_DEFINITION ? [node.name.value] : [])))
  return [...names].filter((name) => names.has(`${name}Connection`)).map((name) => `${name[0]!.toLowerCase()}${name.slice(1)}`)
}

/**
 * The schema of the core with the types of the objects that a plugin brings, without a database: for its SDL to be put onto. What a company
 * adds is not in it.
 */
export function builtInSchema(plugin: PluginDefinition): GraphQLSchema {
  const model = modelOf(0, [...builtInObjects().map((name) => rowOf(bare(name), null)), ...(plugin.objects ?? []).map((object) => rowOf(object, plugin.id))], [
    ...builtInObjects().flatMap((name) => fieldRows(name, '', bare(name).fields)),
    ...(plugin.objects ?? []).flatMap((object) => fieldRows(object.name, '', object.fields)),
    ...Object.entries(plugin.fields ?? {}).flatMap(([object, fields]) => fieldRows(object, plugin.id, fields)),
  ], new Set([plugin.id]))
  const own = parse(generateSdl(model, compileAccess(model, [], SYSTEM_CALLER.actor)), { noLocation: true }).definitions
  return buildASTSchema({ kind: Kind.DOCUMENT, definitions: merged([...builtIn().definitions], own) }, { assumeValid: true })
}

/** Stands for an object of the core, so that fields can lead to it: all else of it is in the schema. */
function bare(name: string): ObjectDefinition {
  return { name, plural: `${name}Bare`, label: {}, labelPlural: {}, title: 'name', fields: [{ name: 'name', type: 'text', label: {} }] }
}

function rowOf({ fields: _, ...definition }: ObjectDefinition, plugin: string | null): ObjectRow {
  const { name, plural } = definition
  return { id: name, name, plural, kind: plugin ? 'plugin' : 'system', plugin, table_name: name, definition, overrides: {}, version: 1, position: 0, hidden_at: null }
}

function fieldRows(object: string, group: string, fields: readonly FieldDefinition[]): FieldRow[] {
  return fields.map((field) => ({
    id: `${object}.${group}.${field.name}`, object, field_group: group, name: field.name, kind: group ? 'plugin' : 'system', columns: columnsOf(group, field),
    definition: field, overrides: {}, version: 1, index_state: 'ready', hidden_at: null,
  }))
}

/** Types of both have the fields of both. */
function merged(base: DefinitionNode[], more: readonly DefinitionNode[]): DefinitionNode[] {
  const byName = new Map(base.map((node) => ['name' in node && node.name ? `${node.kind} ${node.name.value}` : node.kind, node]))
  for (const node of more) {
    const key = 'name' in node && node.name ? `${node.kind} ${node.name.value}` : node.kind
    const there = byName.get(key)
    if (!there) byName.set(key, node)
    else if ('fields' in there && there.fields && 'fields' in node && node.fields) {
      const names = new Set((there.fields as readonly FieldDefinitionNode[]).map((field) => field.name.value))
      byName.set(key, { ...there, fields: [...there.fields, ...(node.fields as readonly FieldDefinitionNode[]).filter((field) => !names.has(field.name.value))] } as DefinitionNode)
    }
  }
  return [...byName.values()]
}
