import { computed, inject, provide, type ComputedRef, type InjectionKey } from 'vue'
import { useModel } from '../model/useModel.ts'
import type { FieldInfo, ObjectInfo } from '../model/types.ts'

/** The currency of the record on the page, where the record has one. */
const recordCurrency: InjectionKey<ComputedRef<string | null>> = Symbol('kartotek.currency')

/** The field that says in which currency a record is: an order has one. */
export function currencyField(object: Pick<ObjectInfo, 'fields'>): FieldInfo | undefined {
  return object.fields.find(field => field.format === 'currency' && !field.hidden)
}

export interface Currency {
  /** What money begins with that names no currency. */
  preset: ComputedRef<string>
  /** The record's own, which money in its lists has to be in; null where the record has none. */
  ofRecord: ComputedRef<string | null>
}

/** The currency for new money here: that of the record whose page this is, else the company's. */
export function useCurrency(ofRecord = inject(recordCurrency, computed(() => null))): Currency {
  const { model } = useModel()
  return { ofRecord, preset: computed(() => ofRecord.value ?? model.value?.company.currency ?? 'EUR') }
}

/**
 * Tells the editors below in which currency the record is.
 * @param value of a field, in the record or in the draft of a new one
 */
export function provideCurrency(object: () => ObjectInfo, value: (field: FieldInfo) => unknown): Currency {
  const ofRecord = computed(() => {
    const field = currencyField(object())
    const code = field && value(field)
    return typeof code === 'string' && code ? code : null
  })
  provide(recordCurrency, ofRecord)
  return useCurrency(ofRecord)
}
