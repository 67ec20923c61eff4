import { useI18n } from 'vue-i18n'
import { useModel } from '../../model/useModel.ts'
import type { FieldInfo, ObjectInfo } from '../../model/types.ts'
import { decimalOf } from '../draft.ts'
import { formatterOf } from '../format.ts'
import { isComplete, needsValue, type Condition, type Group } from './filter-model.ts'

const NUMBERS = new Set<FieldInfo['type']>(['integer', 'decimal', 'money'])
/** Values that a chip names; more are counted. */
const NAMED = 3

/** Conditions in words: «Stage: New, In work». */
export function useConditionText(object: () => ObjectInfo) {
  const { t, locale } = useI18n()
  const { fieldLabel, label, optionOf, stageOf, pipelineOf } = useModel()

  function nameOf(field: FieldInfo, value: unknown): string {
    switch (field.type) {
      case 'select': case 'multiSelect': return label(optionOf(field, String(value))?.labels) || String(value)
      case 'stage': return label(stageOf(String(value))?.labels)
      case 'pipeline': return label(pipelineOf(String(value))?.labels)
      case 'reference': case 'user': return (value as { title: string | null }).title ?? t('common.untitled')
      default: return String(value)
    }
  }

  function valueText(field: FieldInfo, { operator, value }: Condition): string {
    const format = formatterOf(locale.value)
    if (Array.isArray(value)) {
      const names = value.slice(0, NAMED).map(one => nameOf(field, one))
      return [...names, ...(value.length > NAMED ? [`+${value.length - NAMED}`] : [])].join(', ')
    }
    if (operator === 'relative') return t(`filter.period.${String(value)}`)
    if (NUMBERS.has(field.type) && /^[+-]?\d+(\.\d+)?$/.test(decimalOf(String(value)))) return format.number(decimalOf(String(value)))
    // Days are counted; and an address can be edited by hand into something that is no date.
    if (operator === 'lastDays' || operator === 'nextDays' || Number.isNaN(Date.parse(String(value)))) return String(value ?? '')
    return field.type === 'date' ? format.date(String(value)) : field.type === 'dateTime' ? format.dateTime(String(value)) : String(value)
  }

  function conditionText(condition: Condition): string {
    const field = object().fields.find(candidate => candidate.key === condition.field)
    if (!field) return condition.field
    const { operator } = condition
    const days = operator === 'lastDays' || operator === 'nextDays'
    const params = { field: fieldLabel(field), value: needsValue(operator) ? valueText(field, condition) : '' }
    return days ? t(`filter.chip.${operator}`, params, Number(condition.value)) : t(`filter.chip.${operator}`, params)
  }

  /** A group inside a filter, on one line. */
  function groupText(group: Group): string {
    const parts = group.items.filter(item => item.kind === 'group' ? item.items.length : isComplete(item)).map(itemText)
    return new Intl.ListFormat(locale.value, { type: group.join === 'or' ? 'disjunction' : 'conjunction' }).format(parts)
  }
  const itemText = (item: Condition | Group): string => item.kind === 'group' ? groupText(item) : conditionText(item)

  return itemText
}
