import { computed, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { ObjectInfo } from '../../model/types.ts'
import { loadStaff } from './documents.ts'

const staff = shallowRef<{ id: string, name: string | null }[]>([])

/** Whom a rule can mean: by their part at the record, or by name. */
export function usePeople(object: () => ObjectInfo | undefined) {
  const { t } = useI18n()
  if (!staff.value.length) void loadStaff().then((found) => { staff.value = found }, () => {})
  const named = computed(() => staff.value.map(person => ({ value: person.id, label: person.name ?? person.id })))
  const parts = computed(() => {
    const of = object()
    return [
      ...(of?.owned ? [{ value: 'owner', label: t('automation.person.owner') }, { value: 'leader', label: t('automation.person.leader') }] : []),
      ...(of?.fields.some(field => field.key === 'subject' && field.type === 'record') ? [{ value: 'subjectOwner', label: t('automation.person.subjectOwner') }] : []),
    ]
  })
  const all = computed(() => [...parts.value, ...named.value])
  return { named, all, nameOf: (id: string) => all.value.find(person => person.value === id)?.label ?? t('automation.person.gone') }
}
