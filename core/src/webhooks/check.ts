import type { Filter } from '@kartotek/sdk'
import { literalAddress, kindOfAddress, type Networks } from '../outbound/address.ts'
import { invalid } from '../model/change.ts'
import type { Reading } from '../records/reading.ts'
import { planOfKeys } from '../records/records.ts'
import { checkFilter } from '../views/applicable.ts'
import type { Endpoint } from './endpoint.ts'

export interface EndpointInput { name: string, url: string, events: string[], object?: string | null, condition?: Filter | null, fields?: string[] | null, active?: boolean | null }
export type Wanted = Pick<Endpoint, 'name' | 'url' | 'events' | 'object' | 'condition' | 'fields' | 'active'>

const PATTERN = /^[a-zA-Z*][\w*-]*(\.[a-zA-Z*][\w*-]*){1,2}$/
const MOST_EVENTS = 50
const MOST_FIELDS = 100

/** Checks an endpoint with the eyes of who saves it, and becomes its owner. @throws InputError */
export async function checkEndpoint(reading: Reading, input: EndpointInput, networks: Networks): Promise<Wanted> {
  const name = input.name.trim()
  if (!name || name.length > 200) throw invalid('name', 'maxLength', 'A webhook needs a name of at most 200 characters.')
  const events = [...new Set(input.events.map((pattern) => pattern.trim()))]
  if (!events.length || events.length > MOST_EVENTS || events.some((pattern) => pattern.length > 100 || !PATTERN.test(pattern))) throw invalid('events', 'pattern', 'Write names of events, such as client.created or order.*.')
  const object = input.object || null
  const condition = input.condition && Object.keys(input.condition).length ? input.condition : null
  const fields = [...new Set(input.fields ?? [])]
  if (object) {
    const model = reading.generation.model.objects.get(object)
    if (!model || model.partOf.length || reading.access.scope(model, 'read') === 'none') throw invalid('object', 'option', `There is no object "${object}".`)
    if (fields.length > MOST_FIELDS) throw invalid('fields', 'max', `At most ${MOST_FIELDS} fields.`)
    planOfKeys(reading, model, fields)
    if (condition) await checkFilter(reading, model, condition)
  } else if (condition || fields.length) throw invalid('object', 'required', 'A condition and fields belong to an object: choose it first.')
  return { name, url: checkUrl(input.url.trim(), networks), events, object, condition, fields, active: input.active ?? true }
}

/** What a name leads to is checked at each connection; here only what can be told from the text. */
function checkUrl(text: string, networks: Networks): string {
  const url = text.length <= 2_000 ? URL.parse(text) : null
  if (!url || !['https:', 'http:'].includes(url.protocol) || url.username || url.password || url.hash) throw invalid('url', 'format', 'Write an address such as https://example.com/hook, without a password in it.')
  if (url.protocol === 'http:' && !networks.length) throw invalid('url', 'https', 'The address must begin with https://.')
  const literal = literalAddress(url.hostname)
  const kind = literal && kindOfAddress(literal, networks)
  if (literal && (!kind || (url.protocol === 'http:' && kind !== 'own'))) throw invalid('url', 'closed', 'This address does not lie in the public internet.')
  return url.href
}
