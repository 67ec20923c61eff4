import { useI18n } from 'vue-i18n'
import type { ObjectInfo } from '../../model/types.ts'
import { useModel } from '../../model/useModel.ts'

const KNOWN = ['legal', 'relations', 'system', 'totals']

/** The heading of a section. Known keys have texts in all languages; an admin's own section is called as it was written. */
export function useSectionName() {
  const { t } = useI18n()
  const { label } = useModel()
  return (object: ObjectInfo, key: string): string => {
    if (key === 'main') return label(object.labels)
    return KNOWN.includes(key) ? t(`section.${key}`) : key
  }
}
