import type { ComputedRef, MaybeRefOrGetter, Ref } from 'vue'
import type { Locale } from '../locale.ts'
import type { CurrentRecord, Rights } from './slots.ts'

/**
 * Version of this contract.
 *
 * @example
 * import { SDK_VERSION } from '@kartotek/sdk/web'
 *
 * // The app answers with its own version, whatever the plugin was built with.
 * export const hasWidgets = !SDK_VERSION.startsWith('0.0.')
 */
export declare const SDK_VERSION: string

/**
 * The record whose card the component stands on; null while it is read.
 * To be called in `setup`, as other composables.
 * @throws Error outside of a card
 *
 * @example
 * ```vue Debt.vue
 * <script setup lang="ts">
 * import { computed } from 'vue'
 * import { useCurrentRecord, useI18n } from '@kartotek/sdk/web'
 *
 * const record = useCurrentRecord()
 * const { t } = useI18n()
 * const days = computed(() => (record.value?.values.paymentTerms as { days?: number } | undefined)?.days)
 * </script>
 *
 * <template>
 *   <UBadge v-if="days !== undefined" color="neutral" variant="subtle">{{ t('days_to_pay', { n: days }, days) }}</UBadge>
 * </template>
 * ```
 */
export declare function useCurrentRecord(): ComputedRef<CurrentRecord | null>

/** Who is signed in, as {@link useSession} gives it. */
export interface Session extends Rights {
  /** The person: id of the user, name, address, language of the interface; null while it is read. */
  readonly me: Readonly<Ref<{ readonly id: string, readonly name: string, readonly email: string, readonly locale: Locale } | null>>
}
/**
 * Who is signed in, and what he may.
 *
 * @example
 * import { computed } from 'vue'
 * import { useSession } from '@kartotek/sdk/web'
 *
 * // Whether a button that spends points is worth showing: the server asks again.
 * export function useMaySpend() {
 *   const { me, can } = useSession()
 *   return computed(() => me.value !== null && can('loyalty-points.spend'))
 * }
 */
export declare function useSession(): Session

/**
 * The plugin's own texts in the language of the interface. To be called in `setup`, as other composables.
 * @returns `t`: the text of a key, with its values, in the plural form for `count`; where there is none, the key under which the app keeps it. `locale`: the
 * language that is chosen
 *
 * @example
 * ```vue Balance.vue
 * <script setup lang="ts">
 * import { useI18n } from '@kartotek/sdk/web'
 *
 * defineProps<{ name: string, points: number }>()
 * const { t, locale } = useI18n()
 * </script>
 *
 * <template>
 *   <!-- en.json: { "greeting": "Good day, {name}", "points": "no points | one point | {n} points" } -->
 *   <p>{{ t('greeting', { name }) }}: {{ t('points', { n: points.toLocaleString(locale) }, points) }}</p>
 * </template>
 * ```
 */
export declare function useI18n(): {
  t(key: string, values?: Record<string, unknown>, count?: number): string
  readonly locale: Readonly<Ref<Locale>>
}

/** A message at the lower edge of the page, gone after some seconds; shown by {@link useToast}. */
export interface Toast {
  /** What happened, in a few words, in the language of the interface. */
  title: string
  /** One sentence below it. Default: none. */
  description?: string
  /** Default: the main colour of the app. */
  color?: 'neutral' | 'success' | 'warning' | 'error'
  /** Such as `i-lucide-check`. Default: none. */
  icon?: string
}
/**
 * Short messages at the edge of the app.
 *
 * @example
 * import { mutate, useI18n, useToast, type WebProblem } from '@kartotek/sdk/web'
 *
 * // Spends points of a client, and says how it went.
 * export function useSpend() {
 *   const { t } = useI18n()
 *   const { add } = useToast()
 *   return async (client: string, points: number): Promise<void> => {
 *     try {
 *       await mutate('mutation ($input: LoyaltyPointsSpendInput!) { loyaltyPointsSpend(input: $input) { points } }', { input: { client, points, reason: t('by_hand') } })
 *       add({ title: t('spent', { n: points }, points), color: 'success', icon: 'i-lucide-check' })
 *     } catch (problem) {
 *       add({ title: t('not_spent'), description: (problem as WebProblem).message, color: 'error' })
 *     }
 *   }
 * }
 */
export declare function useToast(): { add(toast: Toast): void }

/**
 * Ways to places of the app. Parameters of addresses are the record's own.
 *
 * @example
 * ```vue Results.vue
 * <script setup lang="ts">
 * import { useNavigation } from '@kartotek/sdk/web'
 *
 * defineProps<{ orders: { id: string, number: string }[] }>()
 * const { cardOf, pageOf, go } = useNavigation()
 * </script>
 *
 * <template>
 *   <ul>
 *     <li v-for="{ id, number } in orders" :key="id">
 *       <RouterLink v-if="cardOf('order', id)" :to="cardOf('order', id)!">{{ number }}</RouterLink>
 *     </li>
 *   </ul>
 *   <UButton icon="i-lucide-list" @click="go(pageOf('orders'))" />
 * </template>
 * ```
 */
export declare function useNavigation(): {
  /** Address of the card of a record: `/clients/0190…`. Null for an object that one may not see. */
  cardOf(object: string, id: string): string | null
  /** Address of one of the plugin's own pages. */
  pageOf(path: string): string
  /** Goes to an address of the app. */
  go(address: string): Promise<void>
}

/**
 * Says that something is typed that is not saved: whoever goes elsewhere in the app, or closes the tab of the browser, is asked first.
 * To be called in `setup`; ends with the component.
 * @param has whether there is something to lose now; asked at the moment of leaving
 *
 * @example
 * import { ref } from 'vue'
 * import { mutate, useUnsaved } from '@kartotek/sdk/web'
 *
 * export function useReason(client: string) {
 *   const reason = ref('')
 *   useUnsaved(() => reason.value.trim() !== '')
 *   async function save() {
 *     await mutate('mutation ($id: ID!, $input: ClientUpdateInput!) { updateClient(id: $id, input: $input) { id } }', { id: client, input: { description: reason.value } })
 *     reason.value = ''
 *   }
 *   return { reason, save }
 * }
 */
export declare function useUnsaved(has: () => boolean): void

/** Why the server refused {@link query} or {@link mutate}; the message is in the language of the interface. */
export interface WebProblem extends Error {
  /** As errors of the API have it (`docs/api.md`): `FORBIDDEN`, `INVALID_INPUT`. */
  readonly code: string
  /** What the error says besides, by name: of `new NotAllowedError(message, { reason })` the reason. Empty where the server did not answer. */
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * One answer of the API, past the cache. @throws WebProblem
 *
 * @example
 * import { query } from '@kartotek/sdk/web'
 *
 * // For a command of the search: the order with this number.
 * export async function orderNumbered(number: string): Promise<string | null> {
 *   const { orders } = await query<{ orders: { nodes: { id: string }[] } }>('query ($number: String!) { orders(filter: { number: { eq: $number } }, first: 1) { nodes { id } } }', { number })
 *   return orders.nodes[0]?.id ?? null
 * }
 */
export declare function query<Data>(document: string, variables?: Record<string, unknown>): Promise<Data>
/**
 * Changes something; lists and cards that show it follow.
 * @returns `data`: what the operation asked for; `changeSets`: ids of the changes that it made, which can be undone
 * @throws WebProblem
 *
 * @example
 * import { mutate } from '@kartotek/sdk/web'
 *
 * export async function addNote(client: string, text: string): Promise<string> {
 *   const { data } = await mutate<{ createTimelineEntry: { id: string } }>(
 *     'mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }',
 *     { input: { kind: 'note', subject: { object: 'client', id: client }, text } },
 *   )
 *   return data.createTimelineEntry.id
 * }
 */
export declare function mutate<Data>(document: string, variables?: Record<string, unknown>): Promise<{ data: Data, changeSets: string[] }>

/** How a form stands, as {@link useSubmit} gives it. */
export interface Submitting {
  /** Whether it is sent now. */
  readonly busy: Ref<boolean>
  /** Why it was refused last; null once it is sent anew. */
  readonly problem: Ref<WebProblem | null>
  /** Does it, unless it is being done already; what goes wrong stands in `problem`. @returns whether it was done */
  submit(action: () => Promise<unknown>): Promise<boolean>
}
/**
 * State of a small form: busy while it is sent, and why it was refused.
 *
 * @example
 * ```vue SayWhy.vue
 * <script setup lang="ts">
 * import { ref } from 'vue'
 * import { mutate, useI18n, useSubmit } from '@kartotek/sdk/web'
 *
 * const props = defineProps<{ client: string }>()
 * const { t } = useI18n()
 * const { busy, problem, submit } = useSubmit()
 * const text = ref('')
 * const say = () => submit(async () => {
 *   await mutate('mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }', { input: { kind: 'note', subject: { object: 'client', id: props.client }, text: text.value } })
 *   text.value = ''
 * })
 * </script>
 *
 * <template>
 *   <form @submit.prevent="say">
 *     <UAlert v-if="problem" role="alert" color="error" variant="subtle" :title="problem.message" />
 *     <UInput v-model="text" :aria-label="t('why')" />
 *     <UButton type="submit" :loading="busy" :label="t('say')" />
 *   </form>
 * </template>
 * ```
 */
export declare function useSubmit(): Submitting

/** An operation that a component holds, as {@link useQuery} gives it. */
export interface QueryState<Data> {
  /** The last answer; undefined before the first one. */
  readonly data: Ref<Data | undefined>
  /** Whether it is asked now. */
  readonly fetching: Ref<boolean>
  /** What went wrong last; undefined after an answer. */
  readonly error: Ref<Error | undefined>
  /** Asks again; `network-only` goes past the cache. */
  executeQuery(options?: { requestPolicy?: 'cache-first' | 'cache-and-network' | 'network-only' }): unknown
}
/**
 * A query through the cache of the app: it is asked again when its variables change, and follows what others change. Ask for the `id`
 * of every record, by which the cache knows it.
 * @param options `pause`: not asked while it is true; default false
 *
 * @example
 * ```vue OrdersOfClient.vue
 * <script setup lang="ts">
 * import { computed } from 'vue'
 * import { useI18n, useQuery, type SlotProps } from '@kartotek/sdk/web'
 *
 * const props = defineProps<SlotProps['record.side']>()
 * const { t } = useI18n()
 * const { data, error, fetching } = useQuery<{ orders: { nodes: { id: string, number: string }[] } }>({
 *   query: 'query ($client: ID!) { orders(filter: { client: { id: { eq: $client } } }, first: 5) { nodes { id number } } }',
 *   variables: () => ({ client: props.record.id }),
 *   pause: () => props.record.object !== 'client',
 * })
 * const orders = computed(() => data.value?.orders.nodes ?? [])
 * </script>
 *
 * <template>
 *   <section class="panel">
 *     <UAlert v-if="error" color="error" variant="subtle" :title="error.message" />
 *     <USkeleton v-else-if="fetching && !data" />
 *     <p v-else-if="!orders.length">{{ t('none') }}</p>
 *     <p v-for="{ id, number } in orders" :key="id">{{ number }}</p>
 *   </section>
 * </template>
 * ```
 */
export declare function useQuery<Data>(options: { query: string, variables?: MaybeRefOrGetter<Record<string, unknown>>, pause?: MaybeRefOrGetter<boolean> }): QueryState<Data>
/**
 * An operation that changes something, and whether it runs; {@link mutate} is the simple way.
 *
 * @example
 * ```vue SayWelcome.vue
 * <script setup lang="ts">
 * import { useI18n, useMutation, type SlotProps } from '@kartotek/sdk/web'
 *
 * const props = defineProps<SlotProps['record.header.actions']>()
 * const { t } = useI18n()
 * const { fetching, executeMutation } = useMutation('mutation ($input: TaskCreateInput!) { createTask(input: $input) { id } }')
 * const plan = () => executeMutation({ input: { title: t('welcome'), kind: 'call', subject: { object: props.record.object, id: props.record.id } } })
 * </script>
 *
 * <template>
 *   <UButton :loading="fetching" @click="plan">{{ t('plan') }}</UButton>
 * </template>
 * ```
 */
export declare function useMutation<Data>(document: string): { readonly fetching: Ref<boolean>, executeMutation(variables: Record<string, unknown>): Promise<{ data?: Data, error?: Error }> }
/**
 * A subscription that ends with the component.
 *
 * @example
 * import { computed } from 'vue'
 * import { useSubscription } from '@kartotek/sdk/web'
 *
 * // The order that changed last, as the field of Subscription tells it that the plugin adds on the server.
 * export function useLastOrder() {
 *   const { data } = useSubscription<{ wallBoardOrder: string | null }>({ query: 'subscription { wallBoardOrder }' })
 *   return computed(() => data.value?.wallBoardOrder ?? null)
 * }
 */
export declare function useSubscription<Data>(options: { query: string, variables?: MaybeRefOrGetter<Record<string, unknown>>, pause?: MaybeRefOrGetter<boolean> }): Pick<QueryState<Data>, 'data' | 'error'>
/**
 * Hears of events as long as the component stands.
 * @param onEvent called for each event with the value of the subscription's field; without one after a break of the connection,
 * in which some may have been missed
 *
 * @example
 * import { shallowRef } from 'vue'
 * import { useLive } from '@kartotek/sdk/web'
 *
 * // How many calls came since the page was opened; `missed` after a break of the connection.
 * export function useCallCount() {
 *   const count = shallowRef(0), missed = shallowRef(false)
 *   useLive<{ kind: string, id: string }>('subscription { callChanged { kind id } }', (event) => {
 *     if (!event) missed.value = true
 *     else if (event.kind === 'created') count.value++
 *   })
 *   return { count, missed }
 * }
 */
export declare function useLive<Event>(document: string, onEvent: (event?: Event) => void, variables?: Record<string, unknown>): void

/**
 * Keys of the fields of an object that who is signed in may read; none of an object that he may not see. The API knows no others for him:
 * a document that asks for one is refused as a whole.
 * @param object name of the object: `call`
 *
 * @example
 * import { useQuery, useReadableFields } from '@kartotek/sdk/web'
 *
 * // Numbers of calls may be closed to a role: then they are not asked for.
 * export function useCalls() {
 *   const number = useReadableFields('call').value.has('number') ? 'number' : ''
 *   return useQuery<{ calls: { nodes: { id: string, number?: string }[] } }>({ query: `query { calls(first: 20) { nodes { id ${number} } } }` })
 * }
 */
export declare function useReadableFields(object: string): ComputedRef<ReadonlySet<string>>

/**
 * What the filter of an object says in the address of the page, as the `filter` argument of its list; undefined where nothing is filtered.
 * People set it by `<RecordFilter object="call">`, the bar that lists of the app have.
 * @param object name of the object: `call`
 *
 * @example
 * import { computed } from 'vue'
 * import { useListFilter, useQuery } from '@kartotek/sdk/web'
 *
 * // A list below `<RecordFilter object="call">` shows what that bar says.
 * export function useFilteredCalls() {
 *   const filter = useListFilter('call')
 *   const variables = computed(() => ({ filter: filter.value }))
 *   return useQuery<{ calls: { nodes: { id: string }[] } }>({ query: 'query ($filter: CallFilter) { calls(filter: $filter, first: 50) { nodes { id } } }', variables })
 * }
 */
export declare function useListFilter(object: string): ComputedRef<Record<string, unknown> | undefined>
