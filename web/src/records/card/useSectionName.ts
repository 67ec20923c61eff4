import { useI18n } from 'vue-i18n'

const KNOWN = ['legal', 'main', 'outcome', 'relations', 'repeat', 'system', 'totals']

/** The heading of a section. Known keys have texts in all languages; an admin's own section is called as it was written. */
export function useSectionName() {
  const { t } = useI18n()
  return (key: string): string => KNOWN.includes(key) ? t(`section.${key}`) : key
}
