import { computed, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { query } from '../graphql/client.ts'
import { MODEL, readModel, type ModelAnswer } from './documents.ts'
import { nest } from './naming.ts'
import type { FieldInfo, Labels, Model, ObjectInfo, PipelineInfo, StageInfo } from './types.ts'

const model = shallowRef<Model | null>(null)
let loading: Promise<void> | null = null

/** Reads the model again; callers at the same time share one request. */
export function loadModel(): Promise<void> {
  loading ??= query<ModelAnswer>(MODEL)
    .then((answer) => { model.value = readModel(answer) })
    .finally(() => { loading = null })
  return loading
}

/** The text of labels in a language, else in English, else in any. */
export function labelIn(labels: Labels | null | undefined, locale: string): string {
  return labels?.[locale as keyof Labels] || labels?.en || Object.values(labels ?? {}).find(Boolean) || ''
}

/** An object of the model; also where no component is, as in a watcher. */
export const byName = (name: string | null | undefined): ObjectInfo | undefined => model.value?.objects.find(object => object.name === name)

/** The model, and its texts in the language of the interface. */
export function useModel() {
  const { locale } = useI18n()
  const label = (labels: Labels | null | undefined) => labelIn(labels, locale.value)
  const objects = computed(() => model.value?.objects ?? [])
  return {
    model,
    objects,
    /** Objects that have a page of their own: no parts, nothing of the system's machinery. */
    roots: computed(() => objects.value.filter(object => !object.partOf.length)),
    byName,
    byPlural: (plural: string): ObjectInfo | undefined => objects.value.find(object => object.plural === plural),
    /** Those that records can enter; `all`: retired ones too. */
    pipelinesOf: (object: string, all = false): PipelineInfo[] => model.value?.pipelines.filter(pipeline => pipeline.object === object && (all || !pipeline.archived)) ?? [],
    pipelineOf: (id: string | null | undefined): PipelineInfo | undefined => model.value?.pipelines.find(pipeline => pipeline.id === id),
    stageOf: (id: string | null | undefined): StageInfo | undefined => model.value?.pipelines.flatMap(pipeline => pipeline.stages).find(stage => stage.id === id),
    label,
    fieldLabel: (field: Pick<FieldInfo, 'labels' | 'name'>) => label(field.labels) || field.name,
    optionOf: (field: FieldInfo, key: string) => field.options.find(option => option.key === key),
    /** Parts of records of an object: the list's name, the part's object, the reference back. */
    partsOf: (object: string) => objects.value.flatMap(part => part.partOf.filter(of => of.object === object).map(of => ({ ...of, part }))),
    relatedOf: (object: string) => objects.value.flatMap(from => from.fields
      .filter(field => field.type === 'reference' && field.to === object && field.reverse && !field.hidden)
      .flatMap(field => relatedList(from, field, byName) ?? [])),
  }
}

/** Records that refer to the one on a card, and the filter that finds them. */
export interface RelatedList {
  key: string
  object: ObjectInfo
  field: FieldInfo
  /** The reference stands on the listed records themselves, so a new one can be prefilled. */
  direct: boolean
  filter(id: string): Record<string, unknown>
}

/** A part is shown by its whole: who bought a product is a list of orders, not of order lines. */
function relatedList(from: ObjectInfo, field: FieldInfo, byName: (name: string) => ObjectInfo | undefined): RelatedList | null {
  const is = (id: string) => nest([[field, { id: { eq: id } }]])
  const part = from.partOf[0]
  if (!part) return { key: field.reverse!, object: from, field, direct: true, filter: is }
  const whole = byName(part.object)
  return whole ? { key: field.reverse!, object: whole, field, direct: false, filter: id => ({ [part.list]: { some: is(id) } }) } : null
}
