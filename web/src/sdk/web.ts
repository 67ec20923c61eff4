import { computed, inject, type ComputedRef } from 'vue'
import { useI18n as useAppI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { useToast as useAppToast } from '@nuxt/ui/composables/useToast'
import type { Locale } from '@kartotek/sdk'
import type { CurrentRecord, Session, Toast, WebPlugin } from '@kartotek/sdk/web'
import { useSession as useAppSession } from '../accounts/session.ts'
import { useModel } from '../model/useModel.ts'
import { currentRecordKey, pluginKey } from '../plugins/keys.ts'
import { pageOf, rights, textOf } from '../plugins/registry.ts'
import { toFilter } from '../records/filter/filter-model.ts'
import { useLookup } from '../records/filter/useLookup.ts'
import { useFilterInAddress } from './list-filter.ts'

// What `@kartotek/sdk/web` is at run time, by the import map. Its contract and its words stand in the SDK.

export const SDK_VERSION = '0.1.0'

export const defineWebPlugin = (plugin: WebPlugin): WebPlugin => plugin

export function useCurrentRecord(): ComputedRef<CurrentRecord | null> {
  const record = inject(currentRecordKey)
  if (!record) throw new Error('useCurrentRecord() works only in components that stand on a record card.')
  return record
}

export function useSession(): Session {
  const { me } = useAppSession()
  return { me: computed(() => me.value && { id: me.value.id, name: me.value.name, email: me.value.email, locale: me.value.locale }), ...rights }
}

function ownPlugin(): string {
  const plugin = inject(pluginKey)
  if (!plugin) throw new Error('This works only in components of plugins, at the beginning of their setup.')
  return plugin
}

export function useI18n() {
  const plugin = ownPlugin()
  const { t, locale } = useAppI18n()
  return {
    t: (key: string, values: Record<string, unknown> = {}, count?: number) => count === undefined ? t(textOf(plugin, key), values) : t(textOf(plugin, key), values, count),
    locale: computed(() => locale.value as Locale),
  }
}

export function useToast() {
  const { add } = useAppToast()
  return { add: (toast: Toast) => { add(toast) } }
}

export function useNavigation() {
  const plugin = ownPlugin()
  const router = useRouter()
  const { byName } = useModel()
  return {
    cardOf: (object: string, id: string) => {
      const info = byName(object)
      return info ? `/${info.plural}/${encodeURIComponent(id)}` : null
    },
    pageOf: (path: string) => pageOf(plugin, path),
    go: async (address: string) => { await router.push(address) },
  }
}

export function useReadableFields(object: string): ComputedRef<ReadonlySet<string>> {
  const { byName } = useModel()
  return computed(() => new Set(byName(object)?.fields.filter(({ hidden }) => !hidden).map(({ key }) => key)))
}

export function useListFilter(object: string): ComputedRef<Record<string, unknown> | undefined> {
  const group = useFilterInAddress()
  const lookup = useLookup()
  return computed(() => toFilter(group.value, lookup(object)))
}

export { useAuthForm as useSubmit } from '../accounts/useAuthForm.ts'
export { mutate, query } from '../graphql/client.ts'
export { useUnsaved } from '../shell/unsaved.ts'
export { useLive } from '../graphql/useLive.ts'
export { useQuery, useSubscription } from '../graphql/useQuery.ts'
export { useMutation } from '@urql/vue'
