import { textIn } from '@kartotek/sdk'
import type { FieldModel } from '../model/model.ts'
import type { Reading } from '../records/reading.ts'
import type { Cell } from '../spreadsheets/index.ts'

/** What values are told by: names of stages, the time zone of moments. */
export type ValueReading = Pick<Reading, 'generation' | 'locale'>

/**
 * The value of a field, as the API gives it, for a table: people read it there, and an import takes it back. Phones are
 * international, choices are called by their labels, moments are in the company's time zone.
 */
export function cellOf(field: FieldModel, value: unknown, reading: ValueReading): Cell {
  if (value === null || value === undefined || value === '') return null
  const part = (name: string): unknown => (value as Record<string, unknown>)[name]
  switch (field.handler.name) {
    case 'integer': return { number: String(value) }
    case 'decimal': return { number: String(value), digits: field.scale ?? 2 }
    case 'money': return { number: String(part('amount')), digits: field.scale ?? 2 }
    case 'boolean': return { yes: value === true }
    case 'date': return { date: String(value).slice(0, 10) }
    case 'dateTime': return { dateTime: localTime(String(value), reading.generation.company.timeZone) }
    case 'select': return text(part('label'))
    case 'multiSelect': return text((value as { label: string }[]).map((option) => option.label).join('; '))
    case 'phone': return text(part('e164') ? [part('e164'), part('extension') && `ext. ${String(part('extension'))}`].filter(Boolean).join(' ') : part('raw'))
    case 'taxId': return text(part('value'))
    case 'address': return text(part('text'))
    case 'record': return text(part('title'))
    case 'stage': return text(textIn(reading.generation.stages.get(String(value))?.name, reading.locale))
    case 'pipeline': return text(textIn(reading.generation.pipelines.find((one) => one.id === value)?.name, reading.locale))
    default: return text(value)
  }
}

function text(value: unknown): Cell {
  return value === null || value === undefined || value === '' ? null : { text: String(value) }
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** `2024-03-15 09:30:00` in this zone. */
function localTime(iso: string, timeZone: string): string {
  let format = formats.get(timeZone)
  if (!format) formats.set(timeZone, format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }))
  return format.format(new Date(iso))
}
