import { useI18n } from 'vue-i18n'
import type { PlannedChange } from './documents.ts'

const COUNTED: Record<string, string> = { object: 'records', field: 'values', table: 'rows' }

/** Parts of a plan in the reader's words. What is a name in the API or in the plugin stays as it is. */
export function usePlanText() {
  const { t } = useI18n()
  // The second value is shown where there is no such text.
  const kindText = (kind: string) => t(`installed.kind.${kind.replaceAll(' ', '_')}`, kind)
  const stepText = (step: string) => t(`installed.step.${step.replaceAll(' ', '_')}`, step)

  function detailText({ kind, detail }: PlannedChange): string {
    if (detail === null) return ''
    if (kind === 'field') return t(`field_type.${detail}`, detail)
    if (kind.endsWith('setting')) return t(`installed.type.${detail}`, detail)
    if (kind.startsWith('right')) return detail.split(', ').map(right => t(`installed.right.${right}`, right)).join(', ')
    return detail
  }
  /** What stands in brackets behind the name; empty without anything. */
  function factsText(change: PlannedChange): string {
    const { kind, to, count, mark } = change
    if (count !== null) return COUNTED[kind] ? t(`installed.count.${COUNTED[kind]}`, { n: count }, count) : String(count)
    return [[detailText(change), to].filter(Boolean).join(' → '), mark && t(`installed.mark.${mark}`)].filter(Boolean).join(', ')
  }
  /** Entries of timelines have no name. */
  const nameText = ({ kind, name }: PlannedChange) => kind === 'timeline entries' ? '' : name
  return { kindText, stepText, factsText, nameText }
}
