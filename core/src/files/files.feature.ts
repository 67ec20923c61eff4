import { definePlugin, InputError, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import type { RequestContext } from '../graphql/context.ts'
import { visibleTitles } from '../changes/changes.ts'
import type { Files, FileVersion } from './files.ts'
import { fileObjects } from './file-objects.ts'

const typeDefs = `
"""The contents of a file as of one upload."""
type FileVersion {
  number: Int!
  "As it was called when it came."
  name: String!
  bytes: Float!
  "By its contents, not by what its sender said."
  mime: String!
  width: Int
  height: Int
  at: DateTime!
  by: String
  "Address of the contents."
  url: String!
}
type AttachedFile { file: ID! version: Int! changeSet: ID }
extend type File {
  "Address of the contents that lie here; null for a link (url)."
  href: String
  "Address of a small picture, of images."
  preview: String
  "Newest first."
  versions: [FileVersion!]!
}
extend type Query {
  "Plugins that can keep the contents of files (setting storage of files); needs the right to manage settings."
  fileStorages: [String!]!
}
extend type Mutation {
  "Makes an upload (POST /uploads) a file of a record."
  attachFile(subject: RecordLinkInput!, upload: ID!, name: String): AttachedFile!
  "Puts a new version of a file over the last one."
  addFileVersion(file: ID!, upload: ID!): AttachedFile!
  "Makes an older version the newest one again; those between stay to be looked at."
  restoreFileVersion(file: ID!, version: Int!): AttachedFile!
}
`

type Node = { id: string, url?: string | null, [LOADED]?: Promise<FileVersion[]> }
const LOADED = Symbol('versions')

/** Files of any record, with versions and previews, and links to documents elsewhere. */
export function filesFeature(deps: { files(): Files, storages(): string[] }): PluginDefinition {
  const versionsOf = async (file: Node, ctx: RequestContext): Promise<FileVersion[]> =>
    file[LOADED] ??= deps.files().versions(ctx.reading, [file.id]).then((found) => found.get(file.id) ?? [])
  const noted = <T extends { changeSet: string | null }>(ctx: RequestContext, result: T): T => {
    if (result.changeSet) ctx.changeSets.push(result.changeSet)
    return result
  }
  return definePlugin({
    id: 'files',
    version: '1.0.0',
    objects: fileObjects,
    settings: { type: 'object', properties: { maxMegabytes: { type: 'integer', minimum: 1, maximum: 2048, default: 100, title: 'Greatest file, MB' }, onlyTypes: { type: 'string', maxLength: 500, pattern: '^[\\w.*,;\\s]*$', default: '', title: 'Only these types, by the endings of their names; empty: all but programs' }, storage: { type: 'string', maxLength: 40, default: '', title: 'Plugin that keeps the contents; empty: the data directory' } }, additionalProperties: false },
    guards: {
      'file.create': {
        id: 'contents',
        run(records) {
          for (const { id, after } of records) if (!after?.url && !deps.files().isArriving(id)) throw new InputError('A file needs contents (attachFile) or a link.', [{ field: 'url', rule: 'required', message: 'A file needs contents (attachFile) or a link.' }])
        },
      },
    },
    schedules: [{ id: 'remove', cron: '11 3 * * *', async run() { await deps.files().removeGone() } }],
    graphql: {
      typeDefs,
      resolvers: {
        File: {
          href: async (file: Node, _: unknown, ctx: RequestContext) => ((await versionsOf(file, ctx)).length ? `/contents/${file.id}` : null),
          preview: async (file: Node, _: unknown, ctx: RequestContext) => ((await versionsOf(file, ctx))[0]?.hasPreview ? `/contents/${file.id}/preview` : null),
          async versions(file: Node, _: unknown, ctx: RequestContext) {
            const versions = await versionsOf(file, ctx)
            const names = await visibleTitles(ctx.reading, versions.flatMap((v) => (v.createdBy ? [['user', v.createdBy] as [string, string]] : [])))
            return versions.map((v) => ({ ...v, at: v.createdAt, by: v.createdBy ? names.get(v.createdBy) ?? null : null, url: `/contents/${v.fileId}/${v.number}` }))
          },
        },
        Query: {
          fileStorages(_: unknown, __: unknown, ctx: RequestContext) {
            ctx.access.require('settings.manage')
            return deps.storages()
          },
        },
        Mutation: {
          attachFile: async (_: unknown, { subject, upload, name }: { subject: { object: string, id: string }, upload: string, name?: string }, ctx: RequestContext) =>
            noted(ctx, await deps.files().attach(ctx.caller, { ...subject }, upload, name)),
          addFileVersion: async (_: unknown, { file, upload }: { file: string, upload: string }, ctx: RequestContext) => noted(ctx, await deps.files().addVersion(ctx.caller, file, upload)),
          restoreFileVersion: async (_: unknown, { file, version }: { file: string, version: number }, ctx: RequestContext) => noted(ctx, await deps.files().restoreVersion(ctx.caller, file, version)),
        },
      } as unknown as Resolvers,
    },
  })
}
