import type { Labels, ObjectInfo } from '../../model/types.ts'
import { cleanLabels } from '../labels.ts'
import type { ObjectDetails } from './object-documents.ts'

/** An object while it is made or changed. A series whose field is `none` numbers nothing. */
export interface ObjectForm {
  labels: Labels
  labelsPlural: Labels
  helps: Labels
  name: string
  plural: string
  icon: string
  owned: boolean
  staged: boolean
  title: string
  accessFrom: string[]
  contactPoints: boolean
  addresses: boolean
  series: { field: string, prefix: string, digits: number, next: number }
}

export function formOfObject(object?: ObjectInfo, details?: ObjectDetails): ObjectForm {
  return {
    labels: { ...object?.labels }, labelsPlural: { ...object?.labelsPlural }, helps: { ...details?.helps }, name: object?.name ?? '', plural: object?.plural ?? '', icon: object?.icon ?? 'box',
    owned: object?.owned ?? true, staged: object?.staged ?? false, title: object?.title ?? 'name', accessFrom: [...details?.accessFrom ?? []],
    contactPoints: details?.contactPoints ?? false, addresses: details?.addresses ?? false,
    series: details?.series ? { ...details.series } : { field: 'none', prefix: '', digits: 4, next: 1 },
  }
}

/** Only what differs from what is saved, with the version that it was made from. */
export function objectChanges(form: ObjectForm, object: ObjectInfo, details: ObjectDetails): Record<string, unknown> {
  const before = inputOf(formOfObject(object, details))
  const changes = Object.fromEntries(Object.entries(inputOf(form)).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key])))
  return Object.keys(changes).length ? { ...changes, version: details.version } : {}
}

function inputOf({ labels, labelsPlural, helps, icon, owned, title, accessFrom, contactPoints, addresses, series }: ObjectForm): Record<string, unknown> {
  const help = cleanLabels(helps)
  return {
    labels: cleanLabels(labels), labelsPlural: cleanLabels(labelsPlural), help: Object.keys(help).length ? help : null, icon, owned, title, accessFrom, contactPoints, addresses,
    series: series.field === 'none' ? null : series,
  }
}
