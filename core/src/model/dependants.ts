import { SYSTEM_CALLER, type Caller } from '../access/caller.ts'
import { checkRule } from '../automation/check.ts'
import { loadRules } from '../automation/rule.ts'
import { checkCondition } from '../conditions/check.ts'
import { accessOf, readingOf, type Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import type { Generation } from './generation.ts'
import { objectOf, type FieldModel, type Model } from './model.ts'

/**
 * Gates and active rules that work now and would not without a field or an object, by whatever way they come to it. Formulas are not among
 * them: one that reads a hidden field rests. Named to who may know them.
 */
export async function brokenWithout(engine: Engine, caller: Caller, without: (model: Model) => Model): Promise<string[]> {
  const now = engine.live.current
  const then: Generation = { ...now, model: without(now.model) }
  const access = accessOf(engine, now, caller.actor)
  const named = (capability: string, what: string, name: string): string => (access.capability(capability) ? `${what} ${name}` : what)
  const breaks = (check: (reading: Reading) => void): boolean => works(check, readingOf(engine, SYSTEM_CALLER, now)) && !works(check, readingOf(engine, SYSTEM_CALLER, then))
  const gates = now.pipelines.flatMap((pipeline) => pipeline.stages
    .filter(({ archived, gate: { condition, requiredFields } }) => !archived && then.model.objects.has(pipeline.object)
      && ((condition && breaks((reading) => checkCondition(reading, objectOf(reading.generation.model, pipeline.object), condition))) || requiredFields?.some((key) => isThere(now.model, pipeline.object, key) && !isThere(then.model, pipeline.object, key))))
    .map((stage) => named('pipelines.manage', 'gate', `${pipeline.key}/${stage.key}`)))
  const rules = (await loadRules(engine.db, { active: true })).filter((rule) => {
    // What lies outside of the model is taken as it is.
    const offers = rule.actions.flatMap((action) => (action.do === 'plugin' ? [{ key: action.action }] : []))
    const outlets = rule.actions.flatMap((action) => (action.do === 'webhook' ? [{ id: action.webhook, object: null }] : []))
    return breaks((reading) => { checkRule(reading, rule, offers, outlets) })
  })
  return [...gates, ...rules.map((rule) => named('automation.manage', 'rule', rule.name))]
}

/** Whether the object has such a field or list: a gate may ask for both. */
function isThere(model: Model, object: string, key: string): boolean {
  const { byKey, lists } = objectOf(model, object)
  return byKey.has(key) || lists.some(({ name }) => name === key)
}

function works(check: (reading: Reading) => void, reading: Reading): boolean {
  try {
    check(reading)
    return true
  } catch {
    return false
  }
}

/** The model as it is when the field is hidden. */
export function withoutField(model: Model, field: FieldModel): Model {
  return {
    ...model,
    objects: new Map([...model.objects].map(([name, object]) => [name, {
      ...object,
      byKey: name === field.object ? new Map([...object.byKey].filter(([key]) => key !== field.key)) : object.byKey,
      lists: object.lists.filter((list) => list.object !== field.object || list.field !== field.key),
    }])),
  }
}

/** The model as it is when the object is hidden: references to it and its rows go with it, and its own stages need no gates. */
export function withoutObject(model: Model, name: string): Model {
  const kept = new Map([...model.objects].filter(([other, { partOf }]) => other !== name && !(partOf.length > 0 && partOf.every(({ object }) => object === name))))
  return {
    ...model,
    objects: new Map([...kept].map(([other, object]) => [other, {
      ...object,
      byKey: new Map([...object.byKey].filter(([, field]) => field.to === undefined || kept.has(field.to) || !model.objects.has(field.to))),
      lists: object.lists.filter((list) => kept.has(list.object)),
    }])),
  }
}
