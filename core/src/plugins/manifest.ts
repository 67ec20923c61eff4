import { FIELD_TYPES, type FieldDefinition, type ObjectDefinition, type PluginDefinition, type RouteDefinition } from '@kartotek/sdk'
import { Ajv } from 'ajv'
import validVersion from 'semver/functions/valid.js'
import validRange from 'semver/ranges/valid.js'
import { shapeProblems } from './manifest-schema.ts'
import { isWebhook } from './received.ts'
import { CAMEL, ID } from './names.ts'
import { OUTBOUND } from './outbound-fetch.ts'
import { PluginError } from './state.ts'
import { webProblems } from './web-part.ts'

/** Ids that would collide with groups of the API. */
const RESERVED_IDS = new Set(['core', 'custom', 'kartotek', 'plugin', 'plugins', 'system', 'query', 'mutation', 'subscription', 'pgboss'])
const ajv = new Ajv({ allErrors: true, strict: false })

/**
 * Checks a plugin's object without running anything of it.
 * @param core a feature of the core: it may take names of the core, and parts that plugins do not have yet
 * @returns one sentence per misuse; empty where it is sound
 */
export function manifestProblems(plugin: PluginDefinition, core = false): string[] {
  const first = idProblem(plugin, core)
  if (first) return [first]
  const shape = shapeProblems(plugin)
  if (shape.length) return shape
  return [
    ...headProblems(plugin, core),
    ...settingsProblems(plugin),
    ...handlerProblems(plugin),
    ...scheduleProblems(plugin),
    ...workerProblems(plugin),
    ...routeProblems(plugin),
    ...tableProblems(plugin),
    ...provisionProblems(plugin),
    ...outboundProblems(plugin),
    ...kindProblems(plugin), ...actionProblems(plugin),
    ...(plugin.objects ?? []).flatMap(objectProblems),
    ...Object.entries(plugin.fields ?? {}).flatMap(([object, fields]) => fieldsProblems(`object "${object}"`, fields)),
  ]
}

/** The same of what a plugin's manifest says, which has no functions. */
export function staticProblems(plugin: PluginDefinition): string[] {
  const first = idProblem(plugin, false)
  if (first) return [first]
  const shape = shapeProblems(plugin)
  return shape.length ? shape : headProblems(plugin, false)
}

function idProblem({ id }: PluginDefinition, core: boolean): string | null {
  if (typeof id !== 'string' || !ID.test(id) || id.length > 40) return `The id ${JSON.stringify(id)} is not kebab-case with at most 40 characters: write it like "voice-mail".`
  return !core && RESERVED_IDS.has(id) ? `The id "${id}" is taken by the core: choose another one.` : null
}

function headProblems(plugin: PluginDefinition, core: boolean): string[] {
  return [
    ...validVersion(plugin.version) ? [] : [`The version ${JSON.stringify(plugin.version)} is no semantic version: write it like "1.0.0".`],
    ...core ? [] : unknownKeys(plugin),
    ...rangeProblems(plugin),
    ...webProblems(plugin),
  ]
}

/** @throws PluginError with all misuses */
export function checkManifest(plugin: PluginDefinition): void {
  const problems = manifestProblems(plugin)
  if (problems.length) throw new PluginError(problems.join(' '))
}

const KEYS: ReadonlySet<string> = new Set<keyof PluginDefinition>([
  'id', 'version', 'compat', 'dependsOn', 'label', 'settings', 'outbound', 'permissions', 'needs', 'objects', 'fields', 'tables', 'graphql', 'emits', 'on', 'guards', 'timelineKinds', 'automationActions', 'notificationKinds', 'notificationChannels', 'intakeChannels', 'personalData', 'provides', 'jobs',
  'schedules', 'workers', 'http', 'compute', 'web', 'isSetUp', 'start', 'stop',
])

function unknownKeys(plugin: PluginDefinition): string[] {
  return Object.keys(plugin).filter((key) => !KEYS.has(key))
    .map((key) => `"${key}" is no part of a plugin: the parts are ${[...KEYS].join(', ')}.`)
}

function rangeProblems({ compat, dependsOn }: PluginDefinition): string[] {
  const ranges = { ...compat?.sdk === undefined ? {} : { 'compat.sdk': compat.sdk },
    ...Object.fromEntries(Object.entries(dependsOn ?? {}).map(([id, { range }]) => [`dependsOn.${id}.range`, range])) }
  return Object.entries(ranges).filter(([, range]) => typeof range !== 'string' || validRange(range) === null)
    .map(([name, range]) => `${name} is ${JSON.stringify(range)}, which is no range of versions: write it like "^1.0".`)
}

function settingsProblems({ settings, jobs, emits }: PluginDefinition): string[] {
  const schemas = {
    ...Object.fromEntries(Object.entries(emits ?? {}).flatMap(([name, event]) => (event.data ? [[`emits.${name}.data`, event.data]] : []))),
    ...settings ? { settings } : {},
    ...Object.fromEntries(Object.entries(jobs ?? {}).flatMap(([name, job]) => (job.input ? [[`jobs.${name}.input`, job.input]] : []))) }
  return Object.entries(schemas).flatMap(([name, schema]) => {
    if (ajv.validateSchema(schema)) return []
    return [`${name} is no JSON Schema: ${ajv.errorsText(ajv.errors, { dataVar: name })}.`]
  })
}

function handlerProblems({ on, emits, guards, jobs, isSetUp, start, stop }: PluginDefinition): string[] {
  const handlers = Object.entries(on ?? {}).map(([pattern, h]) => ({ what: `on["${pattern}"]`, id: h.id, run: h.run, pattern }))
  const vetoes = Object.entries(guards ?? {}).map(([action, g]) => ({ what: `guards["${action}"]`, id: g.id, run: g.run, pattern: action }))
  const named = [...handlers, ...vetoes]
  return [
    ...named.filter(({ id }) => !ID.test(id ?? '')).map(({ what, id }) => `${what} needs an id in kebab-case, and has ${JSON.stringify(id)}.`),
    ...named.filter(({ run }) => typeof run !== 'function').map(({ what }) => `${what}.run is no function.`),
    ...named.filter(({ pattern }) => !/^[\w*]+\.[\w*]+(\.[\w*]+)?$/.test(pattern)).map(({ what }) => `${what}: write the key as "object.event", such as "client.updated" or "client.*".`),
    ...twice(handlers.map((h) => h.id ?? '')).map((id) => `Two handlers of events have the id "${id}".`),
    ...twice(vetoes.map((g) => g.id ?? '')).map((id) => `Two guards have the id "${id}".`),
    ...Object.keys(emits ?? {}).filter((name) => !CAMEL.test(name)).map((name) => `The event name "${name}" is not camelCase.`),
    ...Object.entries(jobs ?? {}).flatMap(([name, job]) => [
      ...CAMEL.test(name) ? [] : [`The job name "${name}" is not camelCase.`],
      ...typeof job.run === 'function' ? [] : [`jobs.${name}.run is no function.`],
    ]),
    ...Object.entries({ isSetUp, start, stop }).filter(([, f]) => f !== undefined && typeof f !== 'function').map(([name]) => `${name} is no function.`),
  ]
}

function scheduleProblems({ schedules = [] }: PluginDefinition): string[] {
  return [
    ...schedules.filter(({ id }) => !ID.test(id ?? '')).map(({ id }) => `A schedule needs an id in kebab-case, and has ${JSON.stringify(id)}.`),
    ...twice(schedules.map((s) => s.id)).map((id) => `Two schedules have the id "${id}".`),
    ...schedules.filter(({ cron }) => !/^(\S+\s+){4}\S+$/.test(cron ?? '')).map(({ id, cron }) => `The schedule "${id}" has ${JSON.stringify(cron)} as its cron expression: five fields are needed, such as "0 3 * * *".`),
    ...schedules.filter(({ run }) => typeof run !== 'function').map(({ id }) => `The run of the schedule "${id}" is no function.`),
  ]
}

function workerProblems({ workers = [] }: PluginDefinition): string[] {
  return [
    ...workers.filter(({ id }) => !ID.test(id ?? '')).map(({ id }) => `A worker needs an id in kebab-case, and has ${JSON.stringify(id)}.`),
    ...twice(workers.map((w) => w.id)).map((id) => `Two workers have the id "${id}".`),
    ...workers.filter(({ run }) => typeof run !== 'function').map(({ id }) => `The run of the worker "${id}" is no function.`),
  ]
}

function routeProblems({ http = [] }: PluginDefinition): string[] {
  const webhooks = http.filter(isWebhook)
  const routes = http.filter((route): route is RouteDefinition => !isWebhook(route))
  return [
    ...http.filter(({ path }) => !/^\/([\w\-.]+|:[a-z]\w*)?(\/([\w\-.]+|:[a-z]\w*))*$/.test(path ?? '')).map(({ path }) => `The route path ${JSON.stringify(path)} must begin with "/" and have plain segments, or named ones such as ":channel".`),
    ...routes.filter(({ method }) => method !== 'GET' && method !== 'POST').map(({ path, method }) => `The route ${path} has the method ${JSON.stringify(method)}: GET or POST are possible.`),
    ...http.filter(({ run }) => typeof run !== 'function').map(({ path }) => `The run of the route ${path} is no function.`),
    ...webhooks.filter(({ verify }) => typeof verify !== 'function').map(({ path }) => `The webhook ${path} does not say how it is verified: give it "verify".`),
    ...webhooks.filter(({ input }) => input && !ajv.validateSchema(input)).map(({ path }) => `The input of the webhook ${path} is no JSON Schema.`),
    ...twice(http.map((route) => `${isWebhook(route) ? 'POST' : route.method} ${route.path}`)).map((route) => `Two routes answer ${route}.`),
  ]
}

function outboundProblems({ outbound = [] }: PluginDefinition): string[] {
  return outbound.filter((entry) => !OUTBOUND.test(entry)).map((entry) => `The outbound host ${JSON.stringify(entry)} must be written like "https://api.example.com", "https://*.example.com" or "{settings.baseUrl}".`)
}

function provisionProblems({ provides = [] }: PluginDefinition): string[] {
  return [
    ...provides.filter(({ contract, make }) => typeof contract !== 'string' || typeof make !== 'function').map(() => 'An entry of "provides" is none: write it like telephonyProvider.by((ctx) => …).'),
  ]
}

function tableProblems({ tables }: PluginDefinition): string[] {
  const ids = (tables?.migrations ?? []).map(({ id }) => id)
  return [
    ...ids.filter((id) => !/^\d{4}(-[a-z0-9]+)+$/.test(id)).map((id) => `The migration id ${JSON.stringify(id)} must be four digits and kebab-case, such as "0001-calls".`),
    ...twice(ids).map((id) => `Two migrations have the id "${id}".`),
  ]
}

function kindProblems({ id, timelineKinds = [], notificationKinds = [], notificationChannels = [], intakeChannels = [] }: PluginDefinition): string[] {
  const named = Object.entries({ 'timeline kind': timelineKinds, 'notification kind': notificationKinds, 'notification channel': notificationChannels, 'intake channel': intakeChannels })
  return [
    ...named.flatMap(([what, list]) => [
      ...list.filter(({ key }) => !key.startsWith(`${id}-`) || !ID.test(key) || key.length > 60).map(({ key }) => `The ${what} ${JSON.stringify(key)} must be kebab-case, at most 60 characters, and begin with "${id}-".`),
      ...twice(list.map(({ key }) => key)).map((key) => `Two ${what}s have the key "${key}".`),
    ]),
    ...notificationChannels.filter(({ send }) => typeof send !== 'function').map(({ key }) => `The send of the notification channel "${key}" is no function.`),
  ]
}

function actionProblems({ automationActions = {}, jobs = {} }: PluginDefinition): string[] {
  return Object.entries(automationActions).flatMap(([name, action]) => [
    ...CAMEL.test(name) ? [] : [`The name of the automation action "${name}" is not camelCase.`],
    ...Object.hasOwn(jobs, action.job) ? [] : [`The automation action "${name}" is done by the job ${JSON.stringify(action.job)}, which the plugin does not have.`],
  ])
}

function objectProblems(object: ObjectDefinition): string[] {
  const what = `object "${object.name}"`
  return [
    ...[object.name, object.plural].filter((name) => !CAMEL.test(name ?? '')).map((name) => `The object name ${JSON.stringify(name)} is not camelCase.`),
    ...object.name === object.plural ? [`The ${what} needs a plural that differs from its name.`] : [],
    ...object.fields?.some((field) => field.name === object.title) ? [] : [`The title of the ${what} is "${object.title}", which is none of its fields.`],
    ...fieldsProblems(what, object.fields ?? []),
  ]
}

function fieldsProblems(what: string, fields: FieldDefinition[]): string[] {
  return [
    ...twice(fields.map((f) => f.name)).map((name) => `The ${what} has two fields "${name}".`),
    ...fields.filter(({ name }) => !CAMEL.test(name ?? '')).map(({ name }) => `The field name ${JSON.stringify(name)} of ${what} is not camelCase.`),
    ...fields.filter(({ type }) => !FIELD_TYPES.includes(type)).map(({ name, type }) => `The field "${name}" of ${what} has the unknown type ${JSON.stringify(type)}.`),
    ...fields.filter(({ type, options }) => (type === 'select' || type === 'multiSelect') && !options).map(({ name }) => `The field "${name}" of ${what} is a choice without options.`),
    ...fields.filter(({ type, to }) => type === 'reference' && !to).map(({ name }) => `The field "${name}" of ${what} refers to nothing: set "to".`),
    ...fields.filter(({ label }) => !label || !Object.keys(label).length).map(({ name }) => `The field "${name}" of ${what} has no label.`),
  ]
}

function twice(names: string[]): string[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))]
}
