import { NotFoundError, type PluginFiles } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import type { Files } from './files.ts'

/** Files for code of plugins, with the rights of who acts: through the same door as those of people. */
export function pluginFiles(engine: Engine, files: Files, caller: Caller): PluginFiles {
  return {
    async attach(record, { name, content }) {
      const { file, version } = await files.receive(caller, name, content, (upload) => files.attach(caller, record, upload, name))
      return { id: file, version }
    },
    async addVersion(id, { name, content }) {
      const { file, version } = await files.receive(caller, name, content, (upload) => files.addVersion(caller, id, upload))
      return { id: file, version }
    },
    async open(id, number) {
      const versions = (await files.versions(readingOf(engine, caller), [id])).get(id) ?? []
      const version = number === undefined ? versions[0] : versions.find((v) => v.number === number)
      if (!version) throw new NotFoundError('There is no such file.')
      return { name: version.name, mime: version.mime, bytes: version.bytes, content: await files.open(version) }
    },
  }
}
