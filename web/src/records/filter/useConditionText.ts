import { useI18n } from 'vue-i18n'
import { useModel } from '../../model/useModel.ts'
import type { FieldInfo, ObjectInfo } from '../../model/types.ts'
import { decimalOf } from '../draft.ts'
import { formatterOf } from '../format.ts'
import { useSegments } from '../../segments/useSegments.ts'
import { usePurposes } from '../../privacy/usePurposes.ts'
import { isComplete, needsValue, type Condition, type Group, type Item } from './filter-model.ts'
import type { Judgement, MoreCondition } from './filter-more.ts'

const NUMBERS = new Set<FieldInfo['type']>(['integer', 'decimal', 'money'])
/** Values that a chip names; more are counted. */
const NAMED = 3

/** Conditions in words: «Stage: New, In work». */
export function useConditionText(object: () => ObjectInfo) {
  const { t, locale } = useI18n()
  const { byName, fieldLabel, label, optionOf, stageOf, pipelineOf } = useModel()
  const purposes = usePurposes()
  const segments = object().partOf.length ? null : useSegments()

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

  function conditionText(condition: Condition, of: ObjectInfo): string {
    const field = of.fields.find(candidate => candidate.key === condition.field)
    if (!field) return condition.field
    const { operator } = condition
    const days = operator === 'lastDays' || operator === 'nextDays'
    const params = { field: fieldLabel(field), value: needsValue(operator) ? valueText(field, condition) : '' }
    return days ? t(`filter.chip.${operator}`, params, Number(condition.value)) : t(`filter.chip.${operator}`, params)
  }

  /** A group inside a filter, on one line. */
  function groupText(group: Group, of: ObjectInfo): string {
    const parts = group.items.filter(item => item.kind === 'group' ? item.items.length : isComplete(item)).map(item => textOf(item, of))
    return new Intl.ListFormat(locale.value, { type: group.join === 'or' ? 'disjunction' : 'conjunction' }).format(parts)
  }
  function judgementText(item: Judgement): string {
    if (item.key === 'noContactDays') return t('list.look.contact', { n: item.value }, item.value)
    if (item.key !== 'mayContact') return t(item.key === 'stuck' ? 'conditions.stuck' : 'list.look.step')
    const { channel, purpose } = item.value
    const channels = byName('consent')?.fields.find(({ key }) => key === 'channel')?.options ?? []
    return [t(item.not ? 'conditions.must_not_contact' : 'conditions.may_contact'), label(channels.find(({ key }) => key === channel)?.labels) || channel, ...(purpose ? [purposes.nameOf(purpose)] : [])].join(' · ')
  }
  function moreText(item: MoreCondition, of: ObjectInfo): string {
    if (item.kind === 'raw') return t('conditions.raw')
    if (item.kind === 'judgement') return judgementText(item)
    if (item.kind === 'segment') {
      const names = item.ids.map(id => segments?.value?.find(one => one.id === id)?.name ?? '…').join(', ')
      return `${t(`conditions.segment.${item.join}`)}: ${names}`
    }
    const other = byName(item.object)
    if (item.kind === 'reference') {
      const field = of.fields.find(({ key }) => key === item.field)
      return `${field ? fieldLabel(field) : item.field}: ${other ? groupText(item.group, other) : ''}`
    }
    const list = label(other?.labelsPlural)
    const field = other?.fields.find(({ key }) => key === item.field)
    const measure = item.test === 'count' || item.test === 'sum' ? ` ${t(`filter.operator.${item.operator}`)} ${String(item.value)}${item.test === 'sum' && item.currency ? ` ${item.currency}` : ''}` : ''
    const where = other && item.group.items.length ? ` (${groupText(item.group, other)})` : ''
    return `${t(`conditions.list.${item.test}`, { list })}${field ? ` · ${fieldLabel(field)}` : ''}${measure}${where}`
  }
  const textOf = (item: Item, of: ObjectInfo): string => item.kind === 'group' ? groupText(item, of) : item.kind === 'condition' ? conditionText(item, of) : moreText(item, of)
  const itemText = (item: Item): string => textOf(item, object())

  return itemText
}
