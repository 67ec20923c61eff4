import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { callSink } from '@kartotek/sdk/contracts'
import { afterAll, expect, it } from 'vitest'
import { FakeClouds, RECORDINGS, SOUND } from '../../plugins/telephony/src/cloud/fake-clouds.ts'
import { SYSTEM_CALLER } from '../src/access/caller.ts'
import { objectOf } from '../src/model/model.ts'
import { writeRecords } from '../src/records/write/batch.ts'
import { write } from '../src/records/write/writing.ts'
import { eventually } from '../src/testing/child.ts'
import { collectCanaries, leaks } from './access/canaries.ts'
import { PLUGINS } from './access/plugin-part.ts'
import { BUNDLED } from './access/plugin-operations.ts'
import { listen } from './access/subscribing.ts'
import { walkOver } from './access/walk.ts'
import { makeWorld, phone, word, type Person } from './access/world.ts'

const world = await makeWorld(PLUGINS)
const { crm } = world
const clouds = await FakeClouds.open()
afterAll(async () => {
  await crm.close()
  await clouds.close()
})

interface Asked { user: { telephony: { extension: string } } }

const has = ({ caller }: Person, capability: string): boolean => crm.kartotek.api.contextOf(caller).access.capability(capability)

it.each(['asterisk', 'mango'])('plays the recording of a call of %s to who sees the call and may listen', async (provider) => {
  const { pool } = crm.kartotek.db
  const { rows } = await pool.query<{ id: string, recording: string }>('select id, recording from core."call" where recording is not null')
  const folder = mkdtempSync(join(tmpdir(), 'kartotek-recordings-'))
  for (const { id, recording } of rows) writeFileSync(join(folder, recording), `sound of ${id}`)
  // As if a service in the cloud had told of it.
  const tell = (id: string, by: string, recording: string) => pool.query('update core."call" set provider = $2, recording = $3 where id = $1', [id, by, recording])
  if (provider === 'mango') for (const { id } of rows) await tell(id, provider, RECORDINGS.mango)
  await crm.kartotek.settings.updatePlugin('telephony', { recordingsFolder: folder, ...clouds.settings }, null)
  const played: string[] = []
  for (const person of world.people.filter(({ caller }) => caller.actor.userId)) {
    for (const call of world.records.filter((record) => record.object === 'call' && rows.some(({ id }) => id === record.id))) {
      const asked = clouds.asked.length
      const response = await crm.get(person.caller, `telephony/recordings/${call.id}`)
      const may = person.sees(call) && has(person, 'telephony.recording.listen')
      const sound = Buffer.from(await response.arrayBuffer())
      expect([person.name, call.key, response.status < 300, provider === 'mango' ? sound.includes(SOUND) : sound.includes(`sound of ${call.id}`)]).toEqual([person.name, call.key, may, may])
      // Of who may not, the service hears nothing.
      expect(clouds.asked.length - asked).toBe(may && provider === 'mango' ? 1 : 0)
      if (may) played.push(person.name)
    }
  }
  expect([...new Set(played)]).toEqual(['administrator', 'team', 'restricted', 'wide_token'])
  for (const { id, recording } of rows) await tell(id, 'asterisk', recording)
}, 60_000)

// The walk changes what is planted: whose recording it is holds only before.
walkOver(world, { depth: 1, engine: false })

it('says when the exchange was away to who may know', async () => {
  for (const person of world.people.filter(({ caller }) => caller.actor.userId)) {
    const { data, errors } = await crm.query(person.caller, '{ telephonyOutages { provider } }')
    expect([person.name, errors?.[0]?.extensions.code ?? data.telephonyOutages.length]).toEqual([person.name, person.name === 'administrator' ? 1 : 'FORBIDDEN'])
  }
})

it('tells subscribers of records of plugins, and of calls that ring, what they may see and nothing else', async () => {
  const { engine } = crm.kartotek
  const fields = [...Object.keys(BUNDLED.objects).map((name) => `${name}Changed`), ...BUNDLED.subscriptions]
  const listeners = await Promise.all(world.people.map((person) => listen(world, person, fields)))
  const said: { text: string, field: string, record: (typeof world.records)[number] }[] = []
  for (const [object, { target }] of Object.entries(BUNDLED.objects)) {
    for (const record of world.records.filter((one) => target && one.object === object)) {
      const text = word()
      said.push({ text, field: `${object}.${target}`, record })
      await write(engine, SYSTEM_CALLER, {}, async (w) => {
        const [result] = await writeRecords(w, objectOf(w.generation.model, object), [{ op: 'update', id: record.id, input: { [target!]: text } }])
        if (!result!.ok) throw result!.error
      })
    }
  }
  const hears = (name: string, text: string): boolean => listeners.find((one) => one.person.name === name)!.heard.some((event) => event.includes(text))
  await eventually(() => said.every(({ text }) => hears('administrator', text)) || undefined, 60)
  for (const { person } of listeners.filter((one) => ['manager', 'team', 'sharee'].includes(one.person.name))) {
    const due = said.filter(({ record }) => person.sees(record))
    expect(due.length, person.name).toBeGreaterThan(0)
    await eventually(() => due.every(({ text }) => hears(person.name, text)) || undefined, 60)
  }
  // It rings at the manager's, and the number is that of a client whom he does not see.
  const admin = world.person('administrator').caller
  const [name, number] = [word(), phone()]
  await crm.ask(admin, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name, contactPoints: [{ kind: 'phone', value: number }] } })
  const { user } = await crm.ask(admin, 'query ($id: ID!) { user(id: $id) { telephony { extension } } }', { id: world.person('manager').caller.actor.userId }) as Asked
  const sink = crm.kartotek.host.contextFor('telephony').providers(callSink)[0]!.service
  for (const [externalId, from] of [['rings-1', number], ['rings-2', phone()]] as const) await sink.tell('asterisk', [{ externalId, direction: 'in', number: from, startedAt: new Date().toISOString(), ringing: [user.telephony.extension] }])
  const rung = ({ heard }: { heard: string[] }): string[] => heard.filter((event) => event.includes('"telephonyIncomingCall"'))
  const manager = listeners.find(({ person }) => person.name === 'manager')!
  await eventually(() => rung(manager).length === 2 || undefined, 60)
  expect(rung(manager).join()).not.toContain(name)
  expect(listeners.filter((one) => one !== manager).flatMap(rung)).toEqual([])

  const canaries = await collectCanaries(world)
  for (const { person, heard } of listeners) {
    expect(said.filter(({ text, record, field }) => heard.some((event) => event.includes(text)) && (!person.sees(record) || person.denied.has(field))).map(({ field, record }) => `${person.name} heard ${field} of ${record.key}`)).toEqual([])
    expect([person.name, heard.filter((event) => !event.includes('"telephonyIncomingCall"')).flatMap((event) => leaks(person, canaries, event)).slice(0, 5)]).toEqual([person.name, []])
  }
  await Promise.all(listeners.map((one) => one.stop()))
}, 180_000)
