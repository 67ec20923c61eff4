import { createReadStream } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { definePlugin } from '@kartotek/sdk'
import { fileStorage, type FileStorage } from '@kartotek/sdk/contracts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { uuidv7 } from 'uuidv7'
import type { Caller } from '../access/caller.ts'
import { testCrm } from '../testing/crm.ts'
import { DISK } from './storages.ts'

const folder = await mkdtemp(join(tmpdir(), 'kartotek-vault-'))

class Vault implements FileStorage {
  put(key: string, from: string) { return copyFile(from, join(folder, key)) }
  copy(from: string, to: string) { return copyFile(join(folder, from), join(folder, to)) }
  async open(key: string) {
    await stat(join(folder, key))
    return createReadStream(join(folder, key))
  }
  remove(key: string) { return rm(join(folder, key), { force: true }) }
  async * keysBefore(moment: Date) {
    for (const key of await readdir(folder)) if ((await stat(join(folder, key))).ctime < moment) yield key
  }
}
const vault = definePlugin({ id: 'vault', version: '1.0.0', compat: { sdk: '^0.1' }, provides: [fileStorage.by(() => new Vault())] })

const crm = await testCrm({ plugins: [vault], work: false })
const { files, uploads, engine } = crm.kartotek
let admin: Caller, client: string
beforeAll(async () => {
  admin = await crm.as('administrator')
  client = (await crm.ask(admin, 'mutation { createClient(input: { name: "Vault" }) { id } }')).createClient.id
})
afterAll(async () => {
  await crm.close()
  await rm(folder, { recursive: true })
})

async function attached(name: string, content: string): Promise<string> {
  const id = uuidv7(), path = uploads.pathOf(id)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
  await uploads.add({ filename: id, originalname: name, size: Buffer.byteLength(content) }, admin.actor.userId)
  return (await files.attach(admin, { object: 'client', id: client }, id)).file
}
const versionsOf = async (file: string) => (await files.versions({ ...crm.kartotek.api.contextOf(admin).reading }, [file])).get(file)!
const choose = (storage: string): Promise<unknown> => crm.ask(admin, 'mutation ($v: JSON!) { updatePluginSettings(plugin: "files", values: $v) { values } }', { v: { storage } })

it('keeps contents in the data directory until another storage is chosen, and each version where it came to lie', async () => {
  const before = await attached('before.txt', 'on the disk')
  expect((await crm.ask(admin, '{ fileStorages }')).fileStorages).toEqual(['vault'])
  await choose('vault')
  const after = await attached('after.txt', 'in the vault')
  const [[old], [young]] = [await versionsOf(before), await versionsOf(after)]
  expect([old!.storage, young!.storage]).toEqual([DISK, 'vault'])
  expect([await text(await files.open(old!)), await text(await files.open(young!))]).toEqual(['on the disk', 'in the vault'])
  expect(await readdir(folder)).toContain(young!.id)
  await files.restoreVersion(admin, after, 1)
  expect((await versionsOf(after)).map((v) => [v.number, v.storage])).toEqual([[2, 'vault'], [1, 'vault']])
})

it('removes contents of what is gone, wherever they lie', async () => {
  const gone = await attached('gone.txt', 'soon gone')
  const [version] = await versionsOf(gone)
  await engine.db.deleteFrom('core.file').where('id', '=', gone).execute()
  await engine.db.updateTable('core.file_version').set({ created_at: new Date(Date.now() - 7_200_000) }).where('file_id', '=', gone).execute()
  expect(await files.removeGone()).toBeGreaterThan(0)
  expect(await readdir(folder)).not.toContain(version!.id)
})

it('says that a storage is away', async () => {
  await choose('attic')
  await expect(attached('lost.txt', 'lost')).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('attic') as string })
  await choose('')
  expect((await versionsOf(await attached('found.txt', 'found')))[0]!.storage).toBe(DISK)
})
