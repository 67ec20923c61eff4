import { Ajv, type ValidateFunction } from 'ajv'
import { NotAllowedError, type AutomationAction, type Localized, type PluginDefinition } from '@kartotek/sdk'
import { ExpressionError } from '../expressions/parse.ts'
import { isFor } from '../expressions/fields.ts'
import { mayTell, understand } from '../expressions/of-record.ts'
import { UUID } from '../facts/uuid.ts'
import { compileCheck } from '../model/validators.ts'
import { invalid } from '../model/change.ts'
import type { ObjectModel } from '../model/model.ts'
import { eventName } from '../plugins/plugin-events.ts'
import { checkCondition } from '../conditions/check.ts'
import { asInputError } from '../expressions/problem.ts'
import type { Reading } from '../records/reading.ts'
import type { Action, Rule, Trigger } from './rule.ts'
import { pathsIn, understandText } from './values.ts'

export interface RuleInput { name: string, object: string, active?: boolean | null, trigger: Trigger, condition?: Record<string, unknown> | null, actions: Action[] }

/** What of a rule is set by people. */
export type Wanted = Omit<Rule, 'id' | 'version' | 'activeSince' | 'problem'>

/** An address outside that a rule may tell; null: of records of any object. */
export interface Outlet { id: string, object: string | null }

/** A plugin's offer, see `automationActions` of the SDK. */
export interface Offer { key: string, object?: string, input?: object }

/** What happens in plugins: the names of their own events, which rules and webhooks listen to, and what they are called. */
export function eventsIn(plugins: readonly PluginDefinition[]): { name: string, label: Localized, plugin: string }[] {
  return plugins.flatMap(({ id: plugin, emits }) => Object.entries(emits ?? {}).map(([name, { label }]) => ({ name: eventName(plugin, name), label, plugin })))
}

/** What these plugins offer to rules. */
export function offersOf(plugins: readonly PluginDefinition[]): (AutomationAction & { key: string, plugin: string })[] {
  return plugins.flatMap(({ id: plugin, automationActions }) => Object.entries(automationActions ?? {}).map(([name, action]) => ({ ...action, key: `${plugin}.${name}`, plugin })))
}

const time = { type: 'string', pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' }
const text = { type: 'string', minLength: 1, maxLength: 2_000 }
const id = { type: 'string', pattern: '^[0-9a-f-]{36}$' }
const shape = (tag: string, name: string, properties: Record<string, object>, optional: string[] = []): object => ({
  type: 'object', additionalProperties: false, properties: { [tag]: { const: name }, ...properties }, required: [tag, ...Object.keys(properties).filter((key) => !optional.includes(key))],
})
const triggers = [
  shape('on', 'created', {}), shape('on', 'changed', { fields: { type: 'array', maxItems: 50, items: { type: 'string' } } }, ['fields']), shape('on', 'stageEntered', { stages: { type: 'array', maxItems: 50, items: id } }, ['stages']),
  shape('on', 'stuck', { hours: { type: 'integer', minimum: 1, maximum: 87_600 } }, ['hours']),
  shape('on', 'date', { field: { type: 'string' }, days: { type: 'integer', minimum: -3_650, maximum: 3_650 }, time, yearly: { type: 'boolean' } }, ['yearly']),
  shape('on', 'date', { field: { type: 'string' }, days: { type: 'integer', minimum: -260, maximum: 260 }, time, working: { const: true }, yearly: { type: 'boolean' } }, ['yearly']),
  shape('on', 'schedule', { every: { enum: ['day', 'week', 'month'] }, day: { type: 'integer', minimum: 1, maximum: 31 }, time }, ['day']), shape('on', 'event', { name: { type: 'string', pattern: '^[a-zA-Z][\\w-]*(\\.[\\w-]+){1,2}$', maxLength: 100 } }),
]
const person = { type: 'string', pattern: '^(owner|leader|subjectOwner|[0-9a-f-]{36})$' }
const actions = [
  shape('do', 'createTask', {
    title: { ...text, maxLength: 500 }, text, kind: { enum: ['task', 'call', 'meeting'] }, priority: { enum: ['low', 'normal', 'high'] }, assignee: person,
    due: { anyOf: [{ type: 'object', additionalProperties: false, required: ['minutes'], properties: { minutes: { type: 'integer', minimum: 0, maximum: 525_600 } } }, { type: 'object', additionalProperties: false, required: ['days'], properties: { days: { type: 'integer', minimum: 0, maximum: 3_650 }, time } }] },
  }, ['text', 'kind', 'priority', 'due']),
  shape('do', 'set', { field: { type: 'string' }, value: {} }), shape('do', 'set', { field: { type: 'string' }, expression: text }), shape('do', 'assign', { to: { type: 'array', minItems: 1, maxItems: 100, items: id } }), shape('do', 'move', { stage: id }),
  shape('do', 'note', { text }), shape('do', 'notify', { to: { type: 'array', minItems: 1, maxItems: 50, items: person }, text }),
  shape('do', 'webhook', { webhook: id }),
  shape('do', 'plugin', { action: { type: 'string', maxLength: 100 }, input: { type: 'object' } }, ['input']),
]
const ajv = new Ajv({ allErrors: false, strict: false })
let compiled: ValidateFunction | undefined
/** Compiled with the first rule that is saved, not with the server. */
const shapeCheck = (): ValidateFunction => compiled ??= ajv.compile({ type: 'object', properties: { trigger: { anyOf: triggers }, actions: { type: 'array', minItems: 1, maxItems: 20, items: { anyOf: actions } } } })

/**
 * Checks a rule before it is saved, not on the night of its first run. A rule acts on all records, so its author must see all
 * of them and all that it tells, and may write what it writes.
 * @throws InputError, NotAllowedError
 */
export function checkRule(reading: Reading, input: RuleInput, offers: readonly Offer[], outlets: readonly Outlet[]): Wanted {
  const { access, generation: { model, pipelines } } = reading
  const name = input.name.trim()
  if (!name || name.length > 200) throw invalid('name', 'maxLength', 'A rule needs a name of at most 200 characters.')
  const object = model.objects.get(input.object)
  if (!object || access.scope(object, 'read') === 'none' || object.partOf.length) throw invalid('object', 'option', `There is no object "${input.object}".`)
  if (access.scope(object, 'read') !== 'all') throw new NotAllowedError('A rule acts on all records: it is set up by who sees all of them.', { object: object.name })
  const validate = shapeCheck()
  if (!validate({ trigger: input.trigger, actions: input.actions })) {
    const at = validate.errors![0]!.instancePath.split('/').filter(Boolean)
    throw invalid(at.join('.') || 'trigger', 'type', 'This part of the rule is not understood.')
  }
  const { trigger } = input
  const known = (key: string, path: string): void => {
    const field = object.byKey.get(key)
    if (!field || !access.canRead(field)) throw invalid(path, 'unknown', `${object.type} has no field "${key}".`)
  }
  if (trigger.on === 'changed') trigger.fields?.forEach((key) => known(key, 'trigger.fields'))
  if (trigger.on === 'date') {
    known(trigger.field, 'trigger.field')
    if (!['date', 'dateTime'].includes(object.byKey.get(trigger.field)!.type)) throw invalid('trigger.field', 'type', 'This field has no date.')
  }
  if (trigger.on === 'schedule' && trigger.every === 'week' && (trigger.day ?? 1) > 7) throw invalid('trigger.day', 'max', 'A day of the week is 1–7.')
  if (['stageEntered', 'stuck'].includes(trigger.on) && !object.staged) throw invalid('trigger.on', 'type', `${object.name} has no pipelines.`)
  const stages = pipelines.filter((p) => p.object === object.name).flatMap((p) => p.stages.map((s) => s.id))
  if (trigger.on === 'stageEntered' && trigger.stages?.some((s) => !stages.includes(s))) throw invalid('trigger.stages', 'stage', 'The stage does not belong to this object.')
  const condition = input.condition && Object.keys(input.condition).length ? input.condition : null
  if (condition) checkCondition(reading, object, condition)
  input.actions.forEach((action, i) => checkAction(reading, object, action, `actions.${i}`, stages, offers, outlets))
  return { name, object: object.name, active: input.active ?? false, trigger, condition, actions: input.actions }
}

function checkAction(reading: Reading, object: ObjectModel, action: Action, at: string, stages: string[], offers: readonly Offer[], outlets: readonly Outlet[]): void {
  const { access, generation: { model } } = reading
  const tells = (path: string, work: () => string[]): void => {
    let paths: string[]
    try {
      paths = work()
    } catch (error) {
      throw asInputError(error, `${at}.${path}`)
    }
    const closed = paths.find((one) => !mayTell(model, access, object, [one]))
    if (closed !== undefined) throw invalid(`${at}.${path}`, 'formulaField', `${object.type} has no field "${closed}".`)
  }
  const words = (path: string, value: string | undefined): void => { if (value !== undefined) tells(path, () => pathsIn(understandText(model, object, value))) }
  const mayWrite = (key: string, path: string): void => {
    const field = object.byKey.get(key)
    if (!field || !access.canRead(field)) throw invalid(path, 'unknown', `${object.type} has no field "${key}".`)
    if (field.readOnly || !access.canWrite(field) || access.scope(object, 'update') !== 'all') throw invalid(path, 'readOnly', 'This field cannot be changed.')
  }
  const mayCreate = (name: string): void => {
    const other = model.objects.get(name)
    if (!other || access.scope(other, 'create') === 'none') throw new NotAllowedError(`You may not create a ${name}.`, { object: name })
  }
  switch (action.do) {
    case 'createTask':
      mayCreate('task')
      words('title', action.title)
      words('text', action.text)
      break
    case 'note':
      mayCreate('timelineEntry')
      words('text', action.text)
      break
    case 'notify': words('text', action.text); break
    case 'assign':
      if (!object.owned) throw invalid(`${at}.do`, 'type', `${object.name} has no owner.`)
      mayWrite('owner', `${at}.to`)
      break
    case 'move':
      if (!stages.includes(action.stage)) throw invalid(`${at}.stage`, 'stage', 'The stage does not belong to this object.')
      mayWrite('stage', `${at}.stage`)
      break
    case 'set': {
      mayWrite(action.field, `${at}.field`)
      const field = object.byKey.get(action.field)!
      if ('expression' in action) {
        tells('expression', () => {
          const expression = understand(model, object, action.expression)
          if (!isFor(field, expression.type)) throw new ExpressionError('formulaResult', { type: expression.type })
          return expression.paths
        })
      } else if (action.value !== null) {
        const broken = field.to ? (UUID.test(String(action.value)) ? null : { rule: 'type' }) : compileCheck(field, reading.generation.company)(action.value)
        if (broken) throw invalid(`${at}.value`, broken.rule, 'The value does not meet the rules of the field.')
      }
      break
    }
    case 'webhook':
      access.require('webhooks.manage')
      if (!outlets.some((o) => o.id === action.webhook && (!o.object || o.object === object.name))) throw invalid(`${at}.webhook`, 'option', 'There is no such webhook for this object.')
      break
    case 'plugin': {
      const offer = offers.find((o) => o.key === action.action && (!o.object || o.object === object.name))
      if (!offer) throw invalid(`${at}.action`, 'option', 'No plugin offers this action.')
      if (offer.input && !ajv.validate(offer.input, action.input ?? {})) {
        const { instancePath, params } = ajv.errors![0]!
        const place = [...instancePath.split('/').filter(Boolean), ...'missingProperty' in params ? [String(params.missingProperty)] : []]
        throw invalid([at, 'input', ...place].join('.'), 'missingProperty' in params ? 'required' : 'type', 'The plugin does not take this input.')
      }
      for (const [path, value] of textsIn(action.input ?? {}, 'input')) words(path, value)
    }
  }
}

/** All texts in an input, with their places. */
function textsIn(value: unknown, path: string): [path: string, text: string][] {
  if (typeof value === 'string') return [[path, value]]
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, inner]) => textsIn(inner, `${path}.${key}`)) : []
}
