import { definePlugin, NotFoundError, textIn, type FieldDefinition, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import type { RequestContext } from '../graphql/context.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { judgementsOf } from '../records/judgements.ts'
import type { Reading } from '../records/reading.ts'
import { ruleMessage } from '../records/problems.ts'
import { AT_ONCE } from '../records/write/batches.ts'
import { translate } from '../messages/translate.ts'
import { addOption, mayAddOption, optionInfo } from './add-option.ts'
import { isBase, knownField, knownObject, definitionOf, ownName, TableBusyError, type FieldInput, type ObjectInput } from './change.ts'
import { clearDeleted } from './field-deletion.ts'
import { fieldTypes } from './field-types/index.ts'
import { asSeenBy, planFieldChange, type FieldUpdate } from './field-plan.ts'
import { buildIndexes } from './indexes.ts'
import { beginLong, continueLong, runLong, stopLong, takeUpLong, type EnqueueLong } from './long-change.ts'
import { objectOf, type FieldModel, type ObjectModel, type ReverseList } from './model.ts'
import { fieldKey } from './naming.ts'
import { takesRows } from './own-parts.ts'
import { hiddenObjects, nextNumber, type ObjectUpdate } from './object-change.ts'
import { capabilityFor, dropPending, forgetOld, holdersOf, keepForLater, makeChange, objectsOf, PAUSE_SECONDS, pendingChanges, placeOf, tryPending, type Asked, type PendingChange } from './pending.ts'
import { recompute } from './recompute.ts'
import { refreshSearchTexts } from './search-texts.ts'
import { shownByFormula, visibleShownWhen } from './shown-when.ts'
import { modelSdl } from './model.sdl.ts'
import { requireFree } from './under-way.ts'
import { RecordsFirst } from './written-first.ts'

export interface ModelFeatureDeps {
  engine(): Engine
  /** Features and plugins of this node. */
  known(): Iterable<string>
  /** Asks for missing indexes to be built, by a job. */
  requestIndexes(): Promise<void>
  /** Asks for the formulas of an object to be worked out for the records that are there, by a job. */
  requestRecompute(object: string): Promise<void>
  /** Asks the job `goOn` to try again what has to wait for a busy table. */
  goOn(afterSeconds: number): Promise<void>
  /** Asks the job `writeFirst` to make a change for which many records must be written first. */
  enqueueLong: EnqueueLong
}

/** How long somebody waits for a busy table before he is told that a job goes on with it. */
const PATIENCE_MS = 3_000

/** Looking at the model and changing it. Only `model.manage` changes; everybody sees what he may see. */
export function modelFeature(deps: ModelFeatureDeps): PluginDefinition {
  /** Makes a change, or leaves it to a job where somebody holds the table, or many records must be written first, and the request cannot wait so long. @returns whether it waits */
  const make = async (ctx: RequestContext, asked: Asked): Promise<boolean> => {
    await requireFree(ctx.engine.db, placeOf(asked))
    try {
      await makeChange(deps.engine(), ctx.caller, asked, { atOnce: AT_ONCE, giveUpAfterMs: PATIENCE_MS })
    } catch (error) {
      // What was built for the change goes again.
      if (asked.change === 'updateField' && asked.input.unique) await deps.requestIndexes()
      if (error instanceof RecordsFirst) {
        await beginLong(deps.engine(), ctx.caller, asked, error.records, deps.enqueueLong)
        return true
      }
      if (!(error instanceof TableBusyError)) throw error
      await keepForLater(deps.engine(), ctx.caller, asked)
      await deps.goOn(0)
      return true
    }
    await follow(asked)
    return false
  }
  /** What a change leaves to be done: indexes, and formulas, which rested or read something that did. */
  const follow = async (asked: Asked): Promise<void> => {
    await deps.requestIndexes()
    if (asked.change === 'restoreField' || asked.change === 'restoreObject' || ('input' in asked && 'formula' in asked.input && asked.input.formula)) await deps.requestRecompute(asked.object)
  }
  /** To who manages the model, and of pipelines to who manages these. */
  const pendingNow = async (ctx: RequestContext): Promise<PendingChange[]> => {
    const { generation: { model }, access } = ctx.reading
    if (!access.capability('pipelines.manage')) manage(ctx)
    return (await pendingChanges(ctx.engine.db)).filter((one) => {
      if (!access.capability(capabilityFor(one.asked))) return false
      // Of one that is not there yet, or hidden, whoever manages the model knows.
      if (one.asked.change === 'createObject' || one.asked.change === 'restoreObject') return true
      const object = model.objects.get(one.object)
      const field = object?.fields.find((f) => f.key === one.field)
      return object !== undefined && access.scope(object, 'read') !== 'none' && (!field || mayShow(ctx.reading, field))
    })
  }
  const longNow = async (ctx: RequestContext, id: string): Promise<PendingChange> => {
    const one = (await pendingNow(ctx)).find((other) => other.id === id)
    if (!one) throw new NotFoundError('There is no such change that waits.', { id })
    return one
  }
  const pendingInfo = (ctx: RequestContext, hidden: Awaited<ReturnType<typeof hiddenObjects>>) => (one: PendingChange): object => ({
    ...one, change: one.asked.change, field: one.field || null, pipeline: one.pipeline || null, label: labelOf(ctx.reading, one, hidden), state: one.state === 'applied' ? 'RUNNING' : one.state.toUpperCase(), error: one.error && translate(one.error, ctx.reading.locale),
    changeSet: one.done ? one.changeSet : null, waitsFor: () => (one.state === 'waiting' || (one.state === 'running' && one.done === one.total) ? holdersOf(deps.engine(), objectsOf(one.asked)) : []),
  })
  const manage = (ctx: RequestContext): void => ctx.access.require('model.manage')
  /** A field that is closed to who manages the model is none for him: its rules, tried one after the other, would tell its values. */
  const manageField = (ctx: RequestContext, object: string, key: string): { of: ObjectModel, field: FieldModel } => {
    manage(ctx)
    const of = knownObject(deps.engine(), object)
    return { of, field: knownField(of, key, (field) => mayShow(ctx.reading, field)) }
  }
  /** An object that who manages the model does not see is none for him. */
  const manageObject = (ctx: RequestContext, name: string): void => {
    manage(ctx)
    if (!visibleObjects(ctx.reading).some((object) => object.name === name)) throw new NotFoundError(`There is no object "${name}".`, { object: name })
  }
  return definePlugin({
    id: 'model',
    version: '1.0.0',
    graphql: {
      typeDefs: modelSdl,
      resolvers: {
        Query: {
          objects: (_: unknown, __: unknown, ctx: RequestContext) => visibleObjects(ctx.reading).map((o) => objectInfo(ctx.reading, o)),
          object: (_: unknown, { name }: { name: string }, ctx: RequestContext) => {
            const object = visibleObjects(ctx.reading).find((o) => o.name === name)
            return object ? objectInfo(ctx.reading, object) : null
          },
          async pendingModelChanges(_: unknown, __: unknown, ctx: RequestContext) {
            const hidden = await hiddenObjects(ctx.engine.db)
            // One that wrote records is followed to its end: whoever looks must not lose sight of it shortly before.
            return (await pendingNow(ctx)).filter((one) => one.state !== 'applied' || one.total !== null).map(pendingInfo(ctx, hidden))
          },
          shownByFormula(_: unknown, { object: name, values }: { object: string, values: unknown }, { reading }: RequestContext) {
            const object = visibleObjects(reading).find((o) => o.name === name)
            if (!object) throw new NotFoundError(`There is no object "${name}".`, { object: name })
            const given = values && typeof values === 'object' && !Array.isArray(values) ? values as Record<string, unknown> : {}
            return shownByFormula(reading.generation, object, given, (field) => reading.access.canRead(field), new Date())
          },
          async hiddenObjects(_: unknown, __: unknown, ctx: RequestContext) {
            manage(ctx)
            return (await hiddenObjects(ctx.engine.db)).map((one) => hiddenInfo(ctx, one))
          },
        },
        Mutation: {
          async createObject(_: unknown, { input }: { input: ObjectInput }, ctx: RequestContext) {
            manage(ctx)
            const object = ownName(input.name)
            return await make(ctx, { change: 'createObject', object, input }) ? pendingObject(ctx.reading, { ...input, name: object, plural: ownName(input.plural), label: input.labels, labelPlural: input.labelsPlural }) : shown(ctx, object)
          },
          async updateObject(_: unknown, { name, input }: { name: string, input: ObjectUpdate }, ctx: RequestContext) {
            manageObject(ctx, name)
            const pending = await make(ctx, { change: 'updateObject', object: name, input })
            return { ...shown(ctx, name), pending }
          },
          async hideObject(_: unknown, { name }: { name: string }, ctx: RequestContext) {
            manageObject(ctx, name)
            const { label, labelPlural, icon = 'box' } = knownObject(deps.engine(), name)
            if (await make(ctx, { change: 'hideObject', object: name })) return hiddenInfo(ctx, { name, label, labelPlural, icon, hiddenAt: null, pending: true })
            return hiddenInfo(ctx, (await hiddenObjects(ctx.engine.db)).find((one) => one.name === name)!)
          },
          async restoreObject(_: unknown, { name }: { name: string }, ctx: RequestContext) {
            manage(ctx)
            const hidden = (await hiddenObjects(ctx.engine.db)).find((one) => one.name === name)
            if (!await make(ctx, { change: 'restoreObject', object: name })) return shown(ctx, name)
            return hidden ? pendingObject(ctx.reading, hidden) : { ...shown(ctx, name), pending: true }
          },
          async createField(_: unknown, { object, input }: { object: string, input: FieldInput }, ctx: RequestContext) {
            manage(ctx)
            if (await make(ctx, { change: 'createField', object, input })) return pendingField(ctx.reading, object, input)
            return shownField(ctx, object, `custom.${input.name}`)
          },
          async planFieldChange(_: unknown, { object, field, input }: { object: string, field: string, input: FieldUpdate }, ctx: RequestContext) {
            const { of, field: known } = manageField(ctx, object, field)
            const plan = await asSeenBy(deps.engine(), ctx.caller, of, known, await planFieldChange(deps.engine(), object, field, input))
            return { ...plan, rows: plan.rows.map((row) => ({ ...row, message: ruleMessage(row.rule, { ...input }, ctx.reading.locale) })) }
          },
          async updateField(_: unknown, { object, field, input }: { object: string, field: string, input: FieldUpdate }, ctx: RequestContext) {
            manageField(ctx, object, field)
            return shownField(ctx, object, field, await make(ctx, { change: 'updateField', object, field, input }))
          },
          async addOption(_: unknown, { object, field, label }: { object: string, field: string, label: string }, ctx: RequestContext) {
            const of = visibleObjects(ctx.reading).find((o) => o.name === object)
            const open = of?.fields.find((f) => f.key === field && mayAddOption(ctx.access, of, f))
            return optionInfo(await addOption(deps.engine(), ctx.caller, open ?? manageField(ctx, object, field).field, label, ctx.reading.locale), ctx.reading.locale)
          },
          async hideField(_: unknown, { object, field }: { object: string, field: string }, ctx: RequestContext) {
            manageField(ctx, object, field)
            return shownField(ctx, object, field, await make(ctx, { change: 'hideField', object, field }))
          },
          async restoreField(_: unknown, { object, field }: { object: string, field: string }, ctx: RequestContext) {
            manageField(ctx, object, field)
            return shownField(ctx, object, field, await make(ctx, { change: 'restoreField', object, field }))
          },
          async deleteField(_: unknown, { object, field, confirm }: { object: string, field: string, confirm: string }, ctx: RequestContext) {
            manageField(ctx, object, field)
            const was = shownField(ctx, object, field)
            return { ...was, pending: await make(ctx, { change: 'deleteField', object, field, confirm }) }
          },
          async stopModelChange(_: unknown, { id }: { id: string }, ctx: RequestContext) {
            await longNow(ctx, id)
            await stopLong(ctx.engine.db, id)
            return pendingInfo(ctx, [])(await longNow(ctx, id))
          },
          async continueModelChange(_: unknown, { id }: { id: string }, ctx: RequestContext) {
            await continueLong(deps.engine(), ctx.caller, await longNow(ctx, id), deps.enqueueLong)
            return pendingInfo(ctx, [])(await longNow(ctx, id))
          },
          async cancelModelChange(_: unknown, { id }: { id: string }, ctx: RequestContext) {
            const known = (await pendingNow(ctx)).some((one) => one.id === id)
            if (!known || !await dropPending(ctx.engine.db, id)) throw new NotFoundError('There is no such change that waits.', { id })
            return true
          },
        },
      } as unknown as Resolvers,
    },
    jobs: {
      goOn: {
        async run(_input, ctx) {
          if (await tryPending(deps.engine(), follow, ctx.signal)) await deps.goOn(PAUSE_SECONDS)
        },
      },
      writeFirst: {
        input: { type: 'object', required: ['id'], properties: { id: { type: 'string' } }, additionalProperties: false },
        attempts: 5,
        timeoutSeconds: 6 * 3_600,
        run: ({ id }, ctx) => runLong(deps.engine(), String(id), follow, ctx.signal),
      },
      recompute: {
        timeoutSeconds: 3_600,
        async run({ object }, ctx) {
          const changed = await recompute(deps.engine(), String(object), ctx.signal)
          ctx.log.info({ object, changed }, 'formulas were worked out anew')
        },
      },
      buildIndexes: {
        timeoutSeconds: 3_600,
        async run(_input, ctx) {
          const engine = deps.engine()
          const { built, failed } = await buildIndexes(engine.db, deps.known(), engine.live.current.company.locale)
          if (built.length) ctx.log.info({ built }, 'indexes were built')
          for (const one of failed) ctx.log.warn(one, 'an index could not be built')
          const written = await refreshSearchTexts(engine, ctx.signal)
          if (written) ctx.log.info({ records: written }, 'search texts were written anew')
        },
      },
    },
    // For what a killed node left behind.
    schedules: [{
      id: 'clear-deleted', cron: '40 4 * * *',
      async run() {
        await forgetOld(deps.engine().db)
        await clearDeleted(deps.engine())
      },
    }, {
      id: 'go-on', cron: '* * * * *',
      async run() {
        await takeUpLong(deps.engine(), deps.enqueueLong)
        if ((await pendingChanges(deps.engine().db)).some(({ state }) => state === 'waiting' || state === 'applied')) await deps.goOn(0)
      },
    }],
  })
}

/** A field that is not there yet, as it will be. */
function pendingField(reading: Reading, object: string, input: FieldInput): object {
  const definition = { name: input.name, type: input.type, ...definitionOf(input) } as FieldDefinition
  const field: FieldModel = {
    ...definition, id: '', object, key: `custom.${input.name}`, group: 'custom', kind: 'custom', columns: [], handler: fieldTypes[input.type], sources: [], version: 0, indexState: 'none', hidden: false,
  }
  return { ...fieldInfo(reading, field), pending: true }
}

/** An object that is not there yet, as far as it is known what it will be. */
function pendingObject(reading: Reading, { name, plural, label, labelPlural, help, icon, owned, staged, contactPoints, addresses }: Omit<ObjectInput, 'labels' | 'labelsPlural'> & Pick<ObjectModel, 'label' | 'labelPlural'>): object {
  return {
    ...objectInfo(reading, {
      id: '', name, plural, type: '', kind: 'custom', version: 0, plugin: null, table: '', title: 'name', label, labelPlural, help: help ?? undefined, icon: icon ?? 'box', owned: owned ?? true, staged: staged ?? false,
      contactPoints: contactPoints ?? false, addresses: addresses ?? false, fields: [], byKey: new Map(), partOf: [], lists: [], formulas: [],
    }),
    pending: true,
  }
}

/** What a change that waits is about. */
function labelOf({ generation: { model, pipelines }, locale }: Reading, { asked, object, field }: PendingChange, hidden: Awaited<ReturnType<typeof hiddenObjects>>): string {
  if (asked.change === 'updatePipeline') return textIn(pipelines.find(({ id }) => id === asked.pipeline)?.name, locale) || object
  const of = model.objects.get(object) ?? hidden.find(({ name }) => name === object)
  const fields = of && 'fields' in of ? of.fields : []
  const label = asked.change === 'createField' || asked.change === 'createObject' ? asked.input.labels : field ? fields.find((f) => f.key === field)?.label : of?.label
  return textIn(label, locale) || field || object
}

/** A field as it is now. */
function shownField(ctx: RequestContext, object: string, key: string, pending = false): object {
  const reading = readingOf(ctx.engine, ctx.caller)
  return { ...fieldInfo(reading, objectOf(reading.generation.model, object).fields.find((f) => f.key === key)!), pending }
}

/** An object as it is now. */
function shown(ctx: RequestContext, name: string): object {
  // Somebody may have hidden it at the same moment.
  return objectInfo(readingOf(ctx.engine, ctx.caller), knownObject(ctx.engine, name))
}

function hiddenInfo({ reading }: RequestContext, { label, labelPlural, ...rest }: Pick<Awaited<ReturnType<typeof hiddenObjects>>[number], 'name' | 'label' | 'labelPlural' | 'icon'> & { hiddenAt: Date | null, pending?: boolean }): object {
  return { pending: false, ...rest, label: textIn(label, reading.locale), labels: label, labelsPlural: labelPlural }
}

function visibleObjects({ generation, access }: Reading): ObjectModel[] {
  return [...generation.model.objects.values()].filter((o) => access.scope(o, 'read') !== 'none')
}

function objectInfo(reading: Reading, object: ObjectModel): object {
  const { access, generation, locale } = reading
  const may = (action: 'create' | 'update' | 'delete'): boolean => access.scope(object, action) !== 'none'
  return {
    name: object.name, plural: object.plural, label: textIn(object.label, locale), labelPlural: textIn(object.labelPlural, locale),
    labels: object.label, labelsPlural: object.labelPlural, help: textIn(object.help, locale) || null, helps: object.help ?? null, icon: object.icon ?? 'square', title: object.title,
    owned: object.owned ?? false, staged: object.staged ?? false, custom: object.kind === 'custom', pending: false, contactPoints: object.contactPoints ?? false, addresses: object.addresses ?? false, version: object.version,
    // A closed reference is no path that one may know of.
    accessFrom: (object.accessFrom ?? []).filter((path) => !object.byKey.has(path) || access.canRead(object.byKey.get(path)!)),
    series: async () => {
      const field = object.series && object.byKey.get(object.series.field)
      if (!field || !access.capability('model.manage') || !access.canRead(field)) return null
      return { field: field.key, prefix: object.series!.prefix ?? '', digits: object.series!.digits ?? 1, next: await nextNumber(reading.db, object.series!.key) }
    },
    // What the company calls its own objects is nothing to who does not see them.
    partOf: object.partOf.filter((part) => { const whole = generation.model.objects.get(part.object); return whole !== undefined && access.scope(whole, 'read') !== 'none' }).map((part) => ({ ...part, shownWhen: visibleShownWhen(generation.model.objects.get(part.object), part.shownWhen, (f) => access.canRead(f)) })),
    takesRows: takesRows(object),
    lists: object.lists.filter((l) => access.canList(l)).map((l) => ({ ...l, label: listLabel(generation.model.objects.get(l.object)!, l, locale) })),
    can: { create: may('create'), update: may('update'), delete: may('delete') },
    judgements: judgementsOf(generation.model, access, object),
    fields: ({ hidden }: { hidden: boolean }) => object.fields
      .filter((f) => !f.technical && (f.hidden ? hidden && access.capability('model.manage') && mayShow(reading, f) : access.canRead(f))).map((f) => fieldInfo(reading, f)),
  }
}

/** Whether the field is open to the caller, hidden from all or not. */
function mayShow({ access }: Reading, field: FieldModel): boolean {
  return access.canRead({ ...field, hidden: false })
}

function listLabel(other: ObjectModel, list: ReverseList, locale: Reading['locale']): string {
  // A link object is shown as what it leads to.
  const beyond = list.part ? undefined : other.partOf[0]
  return textIn(beyond && beyond.field !== list.field ? other.byKey.get(beyond.field)?.label ?? other.labelPlural : other.labelPlural, locale)
}

function fieldInfo({ access, generation, locale }: Reading, field: FieldModel): object {
  const text = (value: unknown): string | null => (value === undefined || value === null ? null : String(value))
  const object = generation.model.objects.get(field.object)
  const normalForm = field.normalForm === undefined ? undefined : object?.byKey.get(fieldKey(field.group, field.normalForm))
  return {
    key: field.key, name: field.name, group: field.group || 'system', type: field.type, label: textIn(field.label, locale), labels: field.label,
    help: textIn(field.help, locale) || null, helps: field.help ?? null, required: field.required ?? false, unique: field.unique ?? false,
    readOnly: field.readOnly ?? false, writable: access.canWrite(field), hidden: field.hidden, filterable: field.filterable ?? false,
    sortable: field.handler.sortable, searchable: field.searchable ?? false, exported: field.exported ?? true, history: field.history ?? false,
    default: field.default ?? null, min: text(field.min), max: text(field.max), minLength: field.minLength ?? null, maxLength: field.maxLength ?? null,
    pattern: field.pattern ?? null, format: field.format ?? null, normalForm: normalForm && access.canRead(normalForm) ? normalForm.name : null, formula: field.formula ?? null, scale: field.scale ?? null, to: field.to ?? null, among: field.among ?? null, reverse: field.reverse ?? null,
    section: field.section ?? 'main', shownWhen: visibleShownWhen(object, field.shownWhen, (f) => access.canRead(f)), position: field.position ?? null,
    options: (field.options ?? []).map((o) => optionInfo(o, locale)), openOptions: field.openOptions ?? false,
    indexState: field.indexState, pending: false, base: isBase(field), version: field.version,
  }
}
