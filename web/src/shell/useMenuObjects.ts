import { computed } from 'vue'
import { useModel } from '../model/useModel.ts'

/** What a salesperson works with comes first; people and teams are looked after in the settings, tasks, entries and requests have places of their own. */
const FIRST = ['order', 'client', 'contact', 'product']
const ELSEWHERE = new Set(['user', 'team', 'task', 'timelineEntry', 'intakeItem', 'absence', 'consent'])

/** Objects of the side bar: the usual ones in their order, then those of plugins and admins. */
export function useMenuObjects() {
  const { roots } = useModel()
  const visible = computed(() => roots.value.filter(object => !ELSEWHERE.has(object.name)))
  return {
    main: computed(() => FIRST.flatMap(name => visible.value.find(object => object.name === name) ?? [])),
    more: computed(() => visible.value.filter(object => !FIRST.includes(object.name))),
  }
}
