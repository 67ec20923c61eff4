import type { Kysely } from 'kysely'
import { DuplicateError, InputError, NotFoundError, type Actor, type Origin, type RecordData, type Records, type WriteResult } from '@kartotek/sdk'
import { normaliseContactPoint } from '../clients/contact-points.ts'
import { sqlState } from '../database/index.ts'
import { recognise, sureOf } from '../intake/recognise.ts'
import type { JobLease } from '../jobs/index.ts'
import { objectOf, type ObjectModel } from '../model/model.ts'
import { groupName } from '../model/naming.ts'
import { mayContact } from '../privacy/may-contact.ts'
import { readingOf, type Engine } from './engine.ts'
import { emptyPlan, type Plan } from './plan.ts'
import { listArguments } from './record-arguments.ts'
import { readableField, type Reading } from './reading.ts'
import { countRecords, readByIds, readPage } from './rows.ts'
import { checkNumber, writeRecords } from './write/batch.ts'
import type { WriteItem } from './write/draft.ts'
import { write } from './write/writing.ts'

export interface RecordsOptions {
  /** The transaction of a guard: reads see what it sees, and nothing is written, because a guard may only veto. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
  trx?: Kysely<any>
  lease?: JobLease
  origin?: Origin
}

/** Records for code of plugins and features: the same door as the API, with the rights of the actor. */
export function recordsFor(engine: Engine, actor: Actor, options: RecordsOptions = {}): Records {
  const reading = (): Reading => ({ ...readingOf(engine, { actor }), ...(options.trx ? { db: options.trx } : {}) })
  const visible = (r: Reading, name: string): ObjectModel => {
    const object = r.generation.model.objects.get(name)
    if (!object || r.access.scope(object, 'read') === 'none') throw new InputError(`There is no object "${name}".`)
    return object
  }
  async function run(object: string, items: WriteItem[]): Promise<WriteResult[]> {
    if (options.trx) throw new Error('A guard may only veto: it cannot write records.')
    checkNumber(items)
    const { result } = await write(engine, { actor, origin: options.origin ?? 'plugin' }, {}, async (w) => {
      await options.lease?.check(w.db)
      return writeRecords(w, objectOf(w.generation.model, object), items)
    }).catch((error: unknown) => {
      // Somebody wrote the same value at the same moment.
      throw sqlState(error) === '23505' ? new DuplicateError('This value exists already.', { constraint: 'unique' }) : error
    })
    return result.map((r) => (r.ok ? r : { ok: false, error: r.error }))
  }
  async function one(object: string, item: WriteItem): Promise<RecordData> {
    const [result] = await run(object, [item])
    if (!result!.ok) throw result!.error
    const record = await records.get(object, result!.id)
    // Written, but not to be read by who wrote it: he learns the id and no more.
    return record ?? { id: result!.id, version: result!.version }
  }
  const records: Records = {
    may(name, action) {
      const { generation, access } = reading()
      const object = generation.model.objects.get(name)
      return object !== undefined && access.scope(object, action) !== 'none'
    },
    async get(name, id, fields) {
      const r = reading()
      const [node] = await readByIds(r, planOfKeys(r, visible(r, name), fields), [id])
      return (node as RecordData | undefined) ?? null
    },
    async list(name, { fields, ...query } = {}) {
      const r = reading()
      const object = visible(r, name)
      const page = await readPage(r, planOfKeys(r, object, fields), listArguments(object, query), false)
      return { nodes: page.nodes as RecordData[], endCursor: page.cursorOf(-1), hasNextPage: page.hasNextPage }
    },
    async count(name, query = {}) {
      const r = reading()
      return (await countRecords(r, visible(r, name), query, true)).value
    },
    mayContact: (object, ids, channel, purpose) => mayContact(reading(), object, ids, channel, purpose),
    async recognise(points) {
      const r = reading()
      const { company } = r.generation
      const keyed = points.map(({ kind, value }) => ({ kind, value, key: normaliseContactPoint(kind, value, company).key }))
      const sure = sureOf(await recognise(engine, r, { points: keyed }))
      return sure && { client: sure.client, contact: sure.contact, order: sure.order, clientOwner: sure.client ? sure.owner : null, contactOwner: sure.contactOwner, orderOwner: sure.orderOwner }
    },
    create: (name, input) => one(name, { op: 'create', input }),
    update: (name, id, input, version) => one(name, { op: 'update', id, input, version }),
    createMany: (name, inputs) => run(name, inputs.map((input) => ({ op: 'create', input }))),
    updateMany: (name, changes) => run(name, changes.map(({ id, input, version }) => ({ op: 'update', id, input, version }))),
    trash: (name, ids) => run(name, [...new Set(ids)].map((id) => ({ op: 'trash', id }))),
    restore: (name, ids) => run(name, [...new Set(ids)].map((id) => ({ op: 'restore', id }))),
  }
  return records
}

/** Keys are those of fields, or as the API writes them (`voiceMail.tone`). They may go one step over a reference: `client.name`. Without keys: all own fields that may be read, references as ids. */
export function planOfKeys(reading: Reading, object: ObjectModel, keys?: string[]): Plan {
  const plan = emptyPlan(object)
  for (const key of keys ?? object.fields.filter((f) => reading.access.canRead(f)).map((f) => f.key)) {
    // Every record has them.
    if (key === 'id' || key === 'version') continue
    const direct = object.byKey.get(key) ?? object.fields.find((f) => f.group && `${groupName(f.group)}.${f.name}` === key)
    if (direct) {
      plan.fields.set(key, readableField(reading, object, direct.key, key))
      continue
    }
    const [first, ...rest] = key.split('.')
    const field = readableField(reading, object, first!, key)
    if (!field.to || !rest.length) throw new InputError(`${object.name} has no field "${key}".`)
    const target = visibleTarget(reading, field.to)
    const inner = plan.relations.get(first!)?.plan ?? emptyPlan(target)
    inner.fields.set(rest.join('.'), readableField(reading, target, rest.join('.'), key))
    plan.relations.set(first!, { field, plan: inner })
  }
  return plan
}

function visibleTarget(reading: Reading, name: string): ObjectModel {
  const target = reading.generation.model.objects.get(name)
  if (!target) throw new NotFoundError(`There is no object "${name}".`)
  return target
}

