import { LOCALES, textIn, type Locale, type Localized, type ShownWhen } from '@kartotek/sdk'
import { capabilityLabel, CAPABILITIES, type Capability } from '../access/capabilities.ts'
import { visibleSettings, type IntakeSettings } from '../intake/intake-settings.ts'
import type { Gate } from '../pipelines/pipeline.ts'
import type { FieldModel } from '../model/model.ts'
import { visibleShownWhen } from '../model/shown-when.ts'
import { visibleGate } from '../pipelines/visible-gate.ts'
import { fieldAt, type Reading } from '../records/reading.ts'
import { visibleTitles } from './changes.ts'
import type { Subject } from './configuration.ts'
import { differences, type Difference } from './configuration-differences.ts'
import { NAMES, TITLES, VALUES } from './configuration-words.ts'

type Json = Record<string, unknown>

export interface ConfigurationRow { subject: Subject, subject_id: string, configured_object: string | null, name: Localized | null, before: Json | null, after: Json | null }

/** Stands for what the reader may not know. */
const HIDDEN = '…'

/** Records that are named in changes of these subjects, by the map that they are the keys of. */
const PEOPLE: Record<string, string> = { users: 'user', members: 'user', teams: 'team', people: 'user', pool: 'user', substitutes: 'user' }

/** Whose order a subject keeps; of all others that of its options. */
const ORDERED: Partial<Record<Subject, 'stages' | 'rules'>> = { pipeline: 'stages', intake: 'rules' }

/** What the change was about, in the reader's language. */
export async function configurationName(reading: Reading, row: ConfigurationRow): Promise<string> {
  const object = row.subject === 'share' ? row.configured_object! : row.subject === 'team' ? 'team' : row.subject === 'substitution' ? 'user' : null
  const name = textIn(row.name ?? undefined, reading.locale) || row.subject_id
  if (row.subject === 'field') return `${textIn(reading.generation.model.objects.get(row.configured_object!)?.label, reading.locale)} · ${name}`
  if (!object) return name
  return (await visibleTitles(reading, [[object, row.subject_id]])).get(row.subject_id) ?? HIDDEN
}

export async function configurationSummary(reading: Reading, row: ConfigurationRow): Promise<string> {
  return textIn(TITLES[row.subject], reading.locale).replace('{name}', await configurationName(reading, row))
}

/** A change of the configuration, field by field, in the reader's words. */
export async function configurationOf(reading: Reading, row: ConfigurationRow, pluginLabel: (capability: string) => Localized | undefined) {
  const found = differences(row.subject, seen(reading, row, row.before), seen(reading, row, row.after))
  const people = await visibleTitles(reading, found.flatMap(({ path }) => path.flatMap((key, i): [string, string][] => (PEOPLE[key] && path[i + 1] ? [[PEOPLE[key], path[i + 1]!]] : []))))
  const words = new Words(reading, row, people, pluginLabel)
  return {
    subject: row.subject, subjectId: row.subject_id, name: await configurationName(reading, row),
    action: row.before === null ? 'create' : row.after === null ? 'delete' : 'update',
    fields: found.map((difference) => words.field(difference)),
  }
}

/** What the reader may see of a state: of gates and rules no condition and no field that is closed to him. */
function seen(reading: Reading, { subject, configured_object: object }: ConfigurationRow, state: Json | null): Json | null {
  if (subject === 'intake' && state) return { ...visibleSettings(reading, state as unknown as IntakeSettings) }
  const model = reading.generation.model.objects.get(object ?? '')
  if (subject === 'field' && state?.shownWhen) return { ...state, shownWhen: visibleShownWhen(model, state.shownWhen as ShownWhen, (field) => reading.access.canRead(field)) }
  if (subject !== 'pipeline' || !state) return state
  return { ...state, stages: (state.stages as { gate: Gate }[]).map((stage) => ({ ...stage, gate: model ? visibleGate(reading, model, stage.gate) : {} })) }
}

class Words {
  readonly #reading: Reading
  readonly #row: ConfigurationRow
  readonly #people: ReadonlyMap<string, string | null>
  readonly #pluginLabel: (capability: string) => Localized | undefined
  readonly #locale: Locale

  constructor(reading: Reading, row: ConfigurationRow, people: ReadonlyMap<string, string | null>, pluginLabel: (capability: string) => Localized | undefined) {
    this.#reading = reading
    this.#row = row
    this.#people = people
    this.#pluginLabel = pluginLabel
    this.#locale = reading.locale
  }

  field({ path, before, after }: Difference) {
    // What is granted or not is told so on both sides.
    const side = (value: unknown, other: unknown): unknown => (value === null && other === true ? false : value)
    return {
      key: path.join('.'), label: this.#label(path), before, after,
      beforeText: this.#row.before && this.#text(path, side(before, after)), afterText: this.#row.after && this.#text(path, side(after, before)),
    }
  }

  #label(path: string[]): string {
    const [first, id] = path as [string, string]
    const named = id && this.#called(first, id)
    const rest = named ? path.slice(2) : path
    return [...named ? [named] : [], ...rest.filter((key) => key !== 'gate').map((key, i, all) => (PEOPLE[all[i - 1] ?? ''] ? this.#people.get(key) ?? HIDDEN : this.#name(key)))].join(' · ')
  }

  /** What is known by an id or a key of its own, where the first step of a path leads to such things. */
  #called(list: string, id: string): string | null {
    if (PEOPLE[list]) return this.#people.get(id) ?? HIDDEN
    if (list === 'shownWhen') return `${this.#name(list)} · ${id === 'formula' ? this.#name(id) : textIn(this.#deciding(id)?.label, this.#locale) || id}`
    if (list === 'stages' || list === 'options' || list === 'rules' || list === 'forms') return `${this.#name(list)} ${this.#item(list, id)}`
    if (this.#row.subject !== 'role') return null
    return list === 'objects' ? this.#object(id) : list === 'fields' ? this.#fieldPath(id) : list === 'capabilities' ? this.#capability(id) : null
  }

  #text(path: string[], value: unknown): string | null {
    const last = path.at(-1)!
    if (value === null || value === '') return null
    if (typeof value === 'boolean') return this.#value(`boolean.${value}`)
    if (path[0] === 'shownWhen') return [value].flat().map((item) => textIn(this.#deciding(last)?.options?.find((option) => option.key === item)?.label, this.#locale) || this.#value(`boolean.${String(item)}`) || String(item)).join(', ')
    if (Array.isArray(value)) return value.map((item) => this.#element(last, String(item))).join(', ') || null
    if (typeof value === 'object') return 'isSet' in value ? this.#secret(value) : textIn((value as { labels?: Localized }).labels, this.#locale) || (value as { name?: string }).name || JSON.stringify(value)
    const kind = path[0] === 'objects' ? 'scope' : path[0] === 'fields' ? 'denial' : path[0] === 'members' ? 'member' : path[0] === 'substitutes' ? 'substitute' : PEOPLE[path[0]!] ? 'level' : last
    return VALUES[`${kind}.${String(value)}`] ? this.#value(`${kind}.${String(value)}`) : String(value)
  }

  /** The field on whose values it depends whether the one that was changed is shown. */
  #deciding(key: string): FieldModel | undefined {
    return this.#reading.generation.model.objects.get(this.#row.configured_object ?? '')?.byKey.get(key)
  }

  #secret(value: { isSet?: unknown, replaced?: unknown }): string | null {
    if (!value.isSet) return null
    return this.#value(value.replaced ? 'secret.replaced' : 'secret.set')
  }

  /** An item of a list of keys or ids. */
  #element(list: string, item: string): string {
    const { model, roles } = this.#reading.generation
    if (list === 'allowedNext') return this.#item('stages', item)
    if (list === 'order') return this.#item(ORDERED[this.#row.subject] ?? 'options', item)
    if (list === 'mayPass') return textIn(roles.find((role) => role.id === item)?.name, this.#locale) || item
    if (list !== 'requiredFields') return item
    const object = model.objects.get(this.#row.configured_object ?? '')
    const part = model.objects.get(object?.lists.find((l) => l.name === item)?.object ?? '')
    return textIn(object?.byKey.get(item)?.label ?? part?.labelPlural, this.#locale) || item
  }

  /** A stage or an option, as it was called when it was changed. */
  #item(list: 'stages' | 'options' | 'rules' | 'forms', id: string): string {
    for (const state of [this.#row.after, this.#row.before]) {
      const item = (state?.[list] as Json[] | undefined)?.find((one) => (one.id ?? one.key) === id)
      const text = textIn(item?.labels as Localized | undefined, this.#locale) || (item?.name as string | undefined)
      if (text) return text
    }
    return id
  }

  #object(name: string): string {
    const object = this.#reading.generation.model.objects.get(name)
    const visible = object && this.#reading.access.scope(object, 'read') !== 'none'
    return visible ? textIn(object.labelPlural, this.#locale) || name : this.#name(name)
  }

  #fieldPath(path: string): string {
    const field = fieldAt(this.#reading, path)
    return field ? `${this.#object(field.object)} · ${textIn(field.label, this.#locale)}` : path
  }

  #capability(name: string): string {
    const label = CAPABILITIES.includes(name as Capability) ? capabilityLabel(name as Capability) : this.#pluginLabel(name)
    return textIn(label, this.#locale) || name
  }

  #name(key: string): string {
    const ours = this.#row.subject !== 'plugin' && !LOCALES.includes(key as Locale)
    return (ours && textIn(NAMES[key], this.#locale)) || key
  }

  #value(key: string): string {
    return textIn(VALUES[key], this.#locale)
  }
}
