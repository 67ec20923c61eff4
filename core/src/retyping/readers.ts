import { sql } from 'kysely'
import type { Caller } from '../access/caller.ts'
import { loadRules } from '../automation/rule.ts'
import { intakeSettings } from '../intake/intake-settings.ts'
import type { FieldModel, Model, ObjectModel } from '../model/model.ts'
import { groupName } from '../model/naming.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import { readSection } from '../settings/section.ts'
import { seenBy } from '../views/saved.ts'
import { loadEndpoints } from '../webhooks/endpoint.ts'

/** Who reads a field by its type, named to who may know them. */
export interface Readers {
  /** What would break: formulas, gates, rules. They must let go of the field first. */
  usedBy: string[]
  /** What may no longer fit and stands in nobody's way: webhooks, rules of intake, segments and views are looked over afterwards. */
  alsoReadBy: string[]
}

export async function readersOf(engine: Engine, caller: Caller, object: ObjectModel, field: FieldModel): Promise<Readers> {
  const { pipelines, model } = engine.live.current
  const access = accessOf(engine, engine.live.current, caller.actor)
  const reads = reader(model, object, field)
  const named = (known: boolean, what: string, name: string): string => (known ? `${what} ${name}` : what)
  const can = (capability: string): boolean => access.capability(capability)
  const saved = async (what: 'segment' | 'view'): Promise<string[]> => (await sql<{ object: string, name: string, definition: unknown, known: boolean }>`select object, name, definition, ${seenBy(caller.actor)} as known
    from core.${sql.id(what)} where trashed_at is null order by id`.execute(engine.db)).rows.filter((one) => reads(one.object, one.definition)).map((one) => named(one.known, what, one.name))
  return {
    usedBy: [
      ...object.formulas.filter((one) => one.expression?.paths.includes(field.key)).map((one) => named(access.canRead(one), 'formula', one.key)),
      ...pipelines.flatMap((pipeline) => pipeline.stages.filter((stage) => !stage.archived && reads(pipeline.object, stage.gate.condition)).map((stage) => named(can('pipelines.manage'), 'gate', `${pipeline.key}/${stage.key}`))),
      ...(await loadRules(engine.db)).filter((rule) => reads(rule.object, [rule.trigger, rule.condition, rule.actions])).map((rule) => named(can('automation.manage'), 'rule', rule.name)),
    ],
    alsoReadBy: [...new Set([
      ...(await loadEndpoints(engine.db)).filter((one) => one.object && reads(one.object, [one.condition, one.fields])).map((one) => named(can('webhooks.manage'), 'webhook', one.name)),
      ...(await readSection(engine.db, intakeSettings)).value.rules.filter((rule) => reads('intakeItem', rule.condition)).map((rule) => named(can('intake.manage'), 'intake rule', rule.name)),
      ...await saved('segment'), ...await saved('view'),
    ])],
  }
}

/**
 * Whether a condition, an action or a text about records of an object comes to the field: by itself, over references or over
 * lists, as far as they lead.
 */
function reader(model: Model, object: ObjectModel, field: FieldModel): (name: string, value: unknown) => boolean {
  const group = groupName(field.group)
  const step = (name: string, key: string): string | undefined => {
    const from = model.objects.get(name)
    return from?.byKey.get(key)?.to ?? from?.lists.find((list) => list.name === key)?.object
  }
  const inPath = (name: string, path: string): boolean => {
    let at = name
    for (let rest = path; ;) {
      if (at === object.name && (rest === field.key || rest.startsWith(`${field.key}.`))) return true
      const point = rest.indexOf('.')
      if (point < 0) return false
      // An own reference has a point in its key: `custom.buyer.name`.
      const next = rest.indexOf('.', point + 1)
      const own = next < 0 ? undefined : step(at, rest.slice(0, next))
      at = own ?? step(at, rest.slice(0, point)) ?? at
      rest = rest.slice((own ? next : point) + 1)
    }
  }
  const reads = (name: string, value: unknown): boolean => {
    if (typeof value === 'string') return (value.match(/[A-Za-z_][\w-]*(?:\.[\w-]+)+/g) ?? []).some((path) => inPath(name, path))
    if (Array.isArray(value)) return value.some((one) => reads(name, one))
    if (typeof value !== 'object' || value === null) return false
    return Object.entries(value).some(([key, inner]) => (name === object.name && key === group && typeof inner === 'object' && inner !== null && field.name in inner)
      || inPath(name, key) || reads(step(name, key) ?? name, inner))
  }
  return reads
}
