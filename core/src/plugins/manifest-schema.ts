import { Ajv } from 'ajv'
import type { PluginDefinition } from '@kartotek/sdk'

const text = { type: 'string' }
const map = { type: 'object', additionalProperties: { type: 'object' } }
const field = { type: 'object', required: ['name', 'type'], properties: { name: text, type: text, label: { type: 'object', additionalProperties: text }, options: { type: 'array', items: { type: 'object' } }, derivedFrom: { type: 'array', items: text } } }

// How a job is run.
const attempts = { type: 'integer', minimum: 1, maximum: 50 }
const concurrency = { type: 'integer', minimum: 1, maximum: 100 }
const timeoutSeconds = { type: 'number', exclusiveMinimum: 0, maximum: 86_000 }
const backoff = { enum: ['exponential', 'steady'] }
const retrySeconds = { type: 'integer', minimum: 1, maximum: 3600 }
const rate = { type: 'object', required: ['per', 'max'], additionalProperties: false, properties: { per: { enum: ['second', 'minute', 'hour'] }, max: { type: 'integer', minimum: 1, maximum: 10_000 } } }

/** Timeline kinds and intake channels. */
const kinds = { type: 'array', items: { type: 'object', required: ['key', 'label', 'icon', 'color'], properties: { key: text, icon: text, color: text, label: { type: 'object', additionalProperties: text } } } }

/** The shape of a plugin as far as JSON Schema can say it; functions and names are checked beside it. */
const schema = {
  type: 'object',
  required: ['id', 'version'],
  properties: {
    id: text,
    version: text,
    compat: { type: 'object', properties: { sdk: text } },
    dependsOn: { type: 'object', additionalProperties: { type: 'object', required: ['range'], properties: { range: text, optional: { type: 'boolean' } } } },
    label: { type: 'object', additionalProperties: text },
    settings: { type: 'object' },
    outbound: { type: 'array', maxItems: 50, items: text },
    permissions: map,
    needs: { type: 'object', additionalProperties: { type: 'array', items: { enum: ['read', 'create', 'update', 'delete'] } } },
    objects: { type: 'array', items: { type: 'object', required: ['name', 'plural', 'label', 'labelPlural', 'title', 'fields'], properties: { name: text, plural: text, title: text, fields: { type: 'array', items: field } } } },
    fields: { type: 'object', additionalProperties: { type: 'array', items: field } },
    tables: { type: 'object', required: ['migrations'], properties: { onUninstall: { enum: ['keep', 'drop', 'ask'] }, migrations: { type: 'array', items: { type: 'object', required: ['id', 'sql'], properties: { id: text, sql: text } } } } },
    graphql: { type: 'object', required: ['typeDefs', 'resolvers'], properties: { typeDefs: text, resolvers: map } },
    emits: { type: 'object', additionalProperties: { type: 'object', required: ['label'], properties: { label: { type: 'object', additionalProperties: text }, data: { type: 'object' } } } },
    on: { type: 'object', additionalProperties: { type: 'object', properties: { timeoutSeconds } } },
    guards: { type: 'object', additionalProperties: { type: 'object', properties: { budgetMs: { type: 'number', exclusiveMinimum: 0, maximum: 10_000 } } } },
    jobs: { type: 'object', additionalProperties: { type: 'object', properties: {
      input: { type: 'object' }, attempts, concurrency, timeoutSeconds, backoff, retrySeconds, rate,
    } } },
    automationActions: { type: 'object', additionalProperties: { type: 'object', required: ['label', 'job'], properties: { label: { type: 'object', additionalProperties: text }, job: text, object: text, input: { type: 'object' } } } },
    notificationKinds: { type: 'array', items: { type: 'object', required: ['key', 'label', 'icon'], properties: { key: text, icon: text, mail: { type: 'boolean' }, label: { type: 'object', additionalProperties: text }, title: { type: 'object', additionalProperties: text }, titleBy: { type: 'object', additionalProperties: text } } } },
    notificationChannels: { type: 'array', items: { type: 'object', required: ['key', 'label'], properties: { key: text, label: { type: 'object', additionalProperties: text } } } },
    timelineKinds: kinds,
    intakeChannels: kinds,
    personalData: { type: 'object' },
    provides: { type: 'array', items: { type: 'object' } },
    schedules: { type: 'array', items: { type: 'object' } },
    web: text,
    workers: { type: 'array', items: { type: 'object', properties: { instances: { enum: ['one', 'each'] } } } },
    http: { type: 'array', items: { type: 'object', properties: { access: { enum: ['public', 'user'] }, maxBytes: { type: 'integer', minimum: 0, maximum: 50 * 1024 * 1024 }, perMinute: { type: 'integer', minimum: 1 }, secrets: { type: 'array', items: text }, input: { type: 'object' }, attempts, concurrency, timeoutSeconds } } },
  },
}

const validate = new Ajv({ allErrors: true, strict: false, verbose: true, validateSchema: false }).compile(schema)

/** Where a plugin's object has another shape than a plugin has, one sentence each. */
export function shapeProblems(plugin: PluginDefinition): string[] {
  if (validate(plugin)) return []
  return validate.errors!.map(({ instancePath, message, params, data }) => {
    const path = instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/') || 'The plugin'
    const allowed = (params as { allowedValues?: unknown[] }).allowedValues
    return `${path} ${message}${allowed ? ` (${allowed.join(', ')})` : ''}${typeof data === 'object' || data === undefined ? '' : `, and is ${JSON.stringify(data)}`}.`
  })
}
