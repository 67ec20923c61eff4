import { computed, type ComputedRef } from 'vue'
import { mutate } from '../../graphql/client.ts'
import { placeFieldsDocument } from '../../model/documents.ts'
import { loadModel } from '../../model/useModel.ts'
import type { FieldInfo, ObjectInfo } from '../../model/types.ts'
import { sectionsOf, type Section } from '../../records/card/sections.ts'
import { moved } from '../../ui/reorder.ts'
import { positionsAfterMove } from './positions.ts'

/** Fields of every record that stand on the card among the others. */
const PLACED = ['owner', 'team', 'lossReason']

/** As many changes in one request as the API takes. */
const AT_ONCE = 20

export interface FieldOrder {
  /** The fields that can be set, by section of the card. */
  sections: ComputedRef<Section[]>
  /** Puts a field at another place of its section and saves that. */
  move(section: Section, from: number, to: number): Promise<void>
}

/** The order of fields, as cards and forms show them. */
export function useFieldOrder(object: () => ObjectInfo | undefined): FieldOrder {
  const listed = computed(() => object()?.fields.filter(field => (!field.base || PLACED.includes(field.key)) && !field.hidden) ?? [])
  return {
    sections: computed(() => object() ? sectionsOf({ ...object()!, fields: listed.value }) : []),
    async move(section, from, to) {
      const fields = moved(section.fields, from, to)
      // The section's fields take the places that they had among all, in their new order.
      const next = [...fields]
      const all = listed.value.map(field => inSection(field, section) ? next.shift()! : field)
      const places = positionsAfterMove(all, section.fields[from]!.key)
      for (let start = 0; start < places.length; start += AT_ONCE) {
        await mutate(placeFieldsDocument(object()!.name, places.slice(start, start + AT_ONCE)))
      }
      await loadModel()
    },
  }
}

const inSection = (field: FieldInfo, section: Section) => section.fields.some(({ key }) => key === field.key)
