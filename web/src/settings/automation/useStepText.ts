import { useI18n } from 'vue-i18n'
import type { ObjectInfo } from '../../model/types.ts'
import { useModel } from '../../model/useModel.ts'
import type { Step } from './documents.ts'
import { usePeople } from './usePeople.ts'

/** What a step did, in a sentence; of one that failed, what it was to do. */
export function useStepText(object: () => ObjectInfo | undefined): (step: Step) => string {
  const { t } = useI18n()
  const { fieldLabel, label, stageOf } = useModel()
  const { nameOf } = usePeople(object)
  const written = (value: unknown): string => value === null || value === undefined ? '—' : typeof value === 'object' ? Object.values(value).join(' ') : String(value)
  return (step) => {
    if (step.error) return t('automation.not_done', { action: t(`automation.do.${step.do}`) })
    switch (step.do) {
      case 'createTask': return step.skipped ? t('automation.did.not_called', { why: t(`automation.not_called.${String(step.skipped)}`) }) : t('automation.did.createTask', { title: String(step.title), person: nameOf(String(step.owner)) })
      case 'set': {
        const field = object()?.fields.find(one => one.key === step.field)
        return t('automation.did.set', { field: field ? fieldLabel(field) : String(step.field), value: written(step.value) })
      }
      case 'assign': return t('automation.did.assign', { person: nameOf(String(step.owner)) })
      case 'move': return t('automation.did.move', { stage: label(stageOf(String(step.stage))?.labels) })
      case 'notify': return t('automation.did.notify', { people: (step.people as string[]).map(nameOf).join(', ') })
      case 'plugin': return t('automation.did.plugin', { action: String(step.action) })
      case 'webhook': return t('automation.did.webhook')
      default: return t('automation.did.note')
    }
  }
}
