import { definePlugin, NotFoundError, textIn, UnavailableError, type FieldDefinition, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import { SYSTEM_CALLER } from '../access/caller.ts'
import type { RequestContext } from '../graphql/context.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { judgementsOf } from '../records/judgements.ts'
import type { Reading } from '../records/reading.ts'
import { ruleMessage } from '../records/problems.ts'
import { createField, createObject, isBase, knownField, knownObject, definitionOf, type FieldInput, type ObjectInput } from './change.ts'
import { fieldTypes } from './field-types/index.ts'
import { asSeenBy, planFieldChange, setFieldHidden, updateField, type FieldUpdate } from './field-plan.ts'
import { buildIndexes } from './indexes.ts'
import { objectOf, type FieldModel, type ObjectModel, type ReverseList } from './model.ts'
import { fieldKey } from './naming.ts'
import { hiddenObjects, nextNumber, setObjectHidden, updateObject, type ObjectUpdate } from './object-change.ts'
import { recompute } from './recompute.ts'
import { visibleShownWhen } from './shown-when.ts'
import { modelSdl } from './model.sdl.ts'

/** A field that waits for its table, and who asked for it. */
export interface PendingField { object: string, input: FieldInput, by: { userId: string | null, name: string } }

export interface ModelFeatureDeps {
  engine(): Engine
  /** Features and plugins of this node. */
  known(): Iterable<string>
  /** Asks for missing indexes to be built, by a job. */
  requestIndexes(): Promise<void>
  /** Asks for the formulas of an object to be worked out for the records that are there, by a job. */
  requestRecompute(object: string): Promise<void>
  /** Asks the job `createField` to go on with a field whose table was busy. */
  finishLater(field: PendingField): Promise<void>
}

/** Looking at the model and changing it. Only `model.manage` changes; everybody sees what he may see. */
export function modelFeature(deps: ModelFeatureDeps): PluginDefinition {
  const changed = async (ctx: RequestContext, object: string, field: string) => {
    await deps.requestIndexes()
    const reading = readingOf(ctx.engine, ctx.caller)
    const current = objectOf(reading.generation.model, object)
    return fieldInfo(reading, current.fields.find((f) => f.key === field)!)
  }
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
          async hiddenObjects(_: unknown, __: unknown, ctx: RequestContext) {
            manage(ctx)
            return (await hiddenObjects(ctx.engine.db)).map((one) => hiddenInfo(ctx, one))
          },
        },
        Mutation: {
          async createObject(_: unknown, { input }: { input: ObjectInput }, ctx: RequestContext) {
            manage(ctx)
            const name = await createObject(deps.engine(), ctx.caller, input)
            await deps.requestIndexes()
            return shown(ctx, name)
          },
          async updateObject(_: unknown, { name, input }: { name: string, input: ObjectUpdate }, ctx: RequestContext) {
            manageObject(ctx, name)
            await updateObject(deps.engine(), ctx.caller, name, input)
            await deps.requestIndexes()
            return shown(ctx, name)
          },
          async hideObject(_: unknown, { name }: { name: string }, ctx: RequestContext) {
            manageObject(ctx, name)
            await setObjectHidden(deps.engine(), ctx.caller, name, true)
            return hiddenInfo(ctx, (await hiddenObjects(ctx.engine.db)).find((one) => one.name === name)!)
          },
          async restoreObject(_: unknown, { name }: { name: string }, ctx: RequestContext) {
            manage(ctx)
            await setObjectHidden(deps.engine(), ctx.caller, name, false)
            await deps.requestIndexes()
            await deps.requestRecompute(name)
            return shown(ctx, name)
          },
          async createField(_: unknown, { object, input }: { object: string, input: FieldInput }, ctx: RequestContext) {
            manage(ctx)
            try {
              await createField(deps.engine(), ctx.caller, object, input)
            } catch (error) {
              if (!(error instanceof UnavailableError)) throw error
              // Somebody holds the table: the job goes on where the request cannot wait any longer.
              await deps.finishLater({ object, input, by: { userId: ctx.actor.userId, name: ctx.actor.name } })
              return pendingField(ctx.reading, object, input)
            }
            if (input.formula) await deps.requestRecompute(object)
            return changed(ctx, object, `custom.${input.name}`)
          },
          async planFieldChange(_: unknown, { object, field, input }: { object: string, field: string, input: FieldUpdate }, ctx: RequestContext) {
            const { of, field: known } = manageField(ctx, object, field)
            const plan = await asSeenBy(deps.engine(), ctx.caller, of, known, await planFieldChange(deps.engine(), object, field, input))
            return { ...plan, rows: plan.rows.map((row) => ({ ...row, message: ruleMessage(row.rule, { ...input }, ctx.reading.locale) })) }
          },
          async updateField(_: unknown, { object, field, input }: { object: string, field: string, input: FieldUpdate }, ctx: RequestContext) {
            manageField(ctx, object, field)
            await updateField(deps.engine(), ctx.caller, object, field, input)
            if (input.formula) await deps.requestRecompute(object)
            return changed(ctx, object, field)
          },
          async hideField(_: unknown, { object, field }: { object: string, field: string }, ctx: RequestContext) {
            manageField(ctx, object, field)
            await setFieldHidden(deps.engine(), ctx.caller, object, field, true)
            return changed(ctx, object, field)
          },
          async restoreField(_: unknown, { object, field }: { object: string, field: string }, ctx: RequestContext) {
            manageField(ctx, object, field)
            await setFieldHidden(deps.engine(), ctx.caller, object, field, false)
            // It rested, or those that read it did, while records changed.
            await deps.requestRecompute(object)
            return changed(ctx, object, field)
          },
        },
      } as unknown as Resolvers,
    },
    jobs: {
      createField: {
        attempts: 20,
        async run(input, ctx) {
          const { object, input: field, by } = input as unknown as PendingField
          const engine = deps.engine()
          const there = (): boolean => engine.live.current.model.objects.get(object)?.byKey.has(`custom.${field.name}`) ?? true
          await engine.live.refresh()
          if (!there()) await createField(engine, { ...SYSTEM_CALLER, actor: { ...SYSTEM_CALLER.actor, ...by } }, object, field)
          if (field.formula) await deps.requestRecompute(object)
          await deps.requestIndexes()
          ctx.log.info({ object, field: field.name }, 'a field that had to wait is there')
        },
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
        },
      },
    },
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

/** An object as it is now. */
function shown(ctx: RequestContext, name: string): object {
  const reading = readingOf(ctx.engine, ctx.caller)
  return objectInfo(reading, objectOf(reading.generation.model, name))
}

function hiddenInfo({ reading }: RequestContext, { label, labelPlural, ...rest }: Awaited<ReturnType<typeof hiddenObjects>>[number]): object {
  return { ...rest, label: textIn(label, reading.locale), labels: label, labelsPlural: labelPlural }
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
    owned: object.owned ?? false, staged: object.staged ?? false, custom: object.kind === 'custom', version: object.version,
    // A closed reference is no path that one may know of.
    accessFrom: (object.accessFrom ?? []).filter((path) => !object.byKey.has(path) || access.canRead(object.byKey.get(path)!)),
    series: async () => {
      const field = object.series && object.byKey.get(object.series.field)
      if (!field || !access.capability('model.manage') || !access.canRead(field)) return null
      return { field: field.key, prefix: object.series!.prefix ?? '', digits: object.series!.digits ?? 1, next: await nextNumber(reading.db, object.series!.key) }
    },
    partOf: object.partOf.map((part) => ({ ...part, shownWhen: visibleShownWhen(generation.model.objects.get(part.object), part.shownWhen, (f) => access.canRead(f)) })),
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
    options: (field.options ?? []).map((o) => ({ key: o.key, label: textIn(o.label, locale) || o.key, labels: o.label, color: o.color ?? 'slate', hidden: o.hidden ?? false })),
    indexState: field.indexState, pending: false, base: isBase(field), version: field.version,
  }
}
