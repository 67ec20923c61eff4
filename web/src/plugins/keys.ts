import type { ComputedRef, InjectionKey } from 'vue'
import type { CurrentRecord } from '@kartotek/sdk/web'

/** The record whose card is open. */
export const currentRecordKey: InjectionKey<ComputedRef<CurrentRecord | null>> = Symbol('kartotek.record')
/** Id of the plugin whose component stands here. */
export const pluginKey: InjectionKey<string> = Symbol('kartotek.plugin')
