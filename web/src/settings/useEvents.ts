import { onMounted, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { query } from '../graphql/client.ts'
import type { ObjectInfo } from '../model/types.ts'
import { useModel } from '../model/useModel.ts'

export interface EventChoice { value: string, label: string }

/** What happens to every record. */
const OF_RECORDS = ['created', 'updated', 'archived', 'restored', 'trashed']
/** What else features tell of records of an object. */
const OF_FEATURES: Readonly<Record<string, readonly string[]>> = { intakeItem: ['assigned', 'queued', 'escalated', 'accepted', 'declined'], task: ['reminder'] }

/** The events that are known, under names that people read; those of plugins, too. */
export function useEvents() {
  const { t } = useI18n()
  const { roots, byName, label } = useModel()
  const ofPlugins = shallowRef<EventChoice[]>([])
  onMounted(async () => {
    try {
      const { pluginEvents } = await query<{ pluginEvents: { name: string, label: string }[] }>('query PluginEvents { pluginEvents { name label } }')
      ofPlugins.value = pluginEvents.map(({ name, label }) => ({ value: name, label }))
    } catch { /* the others can be chosen all the same */ }
  })
  const labelOf = (object: string, what: string): string => {
    if (object === 'intakeItem' && what === 'created') return t('automation.happens.came_in')
    return t('automation.happens.of', { object: label(byName(object)?.labelsPlural) || object, what: t(`automation.happens.${what === '*' ? 'any' : what}`) })
  }
  const namesOf = (object: ObjectInfo): string[] => [...OF_RECORDS, ...object.staged ? ['stageChanged'] : [], ...OF_FEATURES[object.name] ?? []]
  /** Events of one object, or of all; `patterns`: also all events of an object. */
  return (object: ObjectInfo | undefined, patterns: boolean, chosen: readonly string[]): EventChoice[] => {
    const known = (object ? [object] : roots.value).flatMap(one => [...namesOf(one), ...patterns ? ['*'] : []].map(what => ({ value: `${one.name}.${what}`, label: labelOf(one.name, what) }))).concat(ofPlugins.value)
    return [...known, ...chosen.filter(name => name && !known.some(one => one.value === name)).map(name => ({ value: name, label: name }))]
  }
}
