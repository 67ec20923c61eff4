import type { ComputedRef, MaybeRefOrGetter, Ref } from 'vue'
import type { Locale } from '../locale.ts'
import type { CurrentRecord, Rights } from './slots.ts'

/** Version of this contract. */
export declare const SDK_VERSION: string

/**
 * The record whose card the component stands on; null while it is read.
 * @throws Error outside of a card
 */
export declare function useCurrentRecord(): ComputedRef<CurrentRecord | null>

/** Who is signed in. */
export interface Session extends Rights {
  readonly me: Readonly<Ref<{ readonly id: string, readonly name: string, readonly email: string, readonly locale: Locale } | null>>
}
/** Who is signed in, and what he may. */
export declare function useSession(): Session

/**
 * The plugin's own texts in the language of the interface. To be called in `setup`, as other composables.
 *
 * @example
 * const { t } = useI18n()
 * t('greeting', { name: 'Aino' })  // «greeting» of the plugin's texts
 * t('points', { n: 5 }, 5)         // its plural form for 5
 */
export declare function useI18n(): {
  t(key: string, values?: Record<string, unknown>, count?: number): string
  readonly locale: Readonly<Ref<Locale>>
}

/** A message at the lower edge of the page, gone after some seconds. */
export interface Toast { title: string, description?: string, color?: 'neutral' | 'success' | 'warning' | 'error', icon?: string }
/** Short messages at the edge of the app. */
export declare function useToast(): { add(toast: Toast): void }

/** Ways to places of the app. Parameters of addresses are the record's own. */
export declare function useNavigation(): {
  /** Address of the card of a record: `/clients/0190…`. Null for an object that one may not see. */
  cardOf(object: string, id: string): string | null
  /** Address of one of the plugin's own pages. */
  pageOf(path: string): string
  /** Goes to an address of the app. */
  go(address: string): Promise<void>
}

/** Why the server refused: `code` and `data` as errors of the API have them, the message in the language of the interface. */
export interface WebProblem extends Error {
  readonly code: string
  /** What the error says besides, by name: of `new NotAllowedError(message, { reason })` the reason. Empty where the server did not answer. */
  readonly data: Readonly<Record<string, unknown>>
}

/** One answer of the API, past the cache. @throws WebProblem */
export declare function query<Data>(document: string, variables?: Record<string, unknown>): Promise<Data>
/** Changes something; lists and cards that show it follow. @throws WebProblem */
export declare function mutate<Data>(document: string, variables?: Record<string, unknown>): Promise<{ data: Data, changeSets: string[] }>

/** An operation that a component holds. `error` is what went wrong last. */
export interface QueryState<Data> {
  readonly data: Ref<Data | undefined>
  readonly fetching: Ref<boolean>
  readonly error: Ref<Error | undefined>
  /** Asks again; `network-only` goes past the cache. */
  executeQuery(options?: { requestPolicy?: 'cache-first' | 'cache-and-network' | 'network-only' }): unknown
}
/** A query through the cache of the app: it is asked again when its variables change, and follows what others change. */
export declare function useQuery<Data>(options: { query: string, variables?: MaybeRefOrGetter<Record<string, unknown>>, pause?: MaybeRefOrGetter<boolean> }): QueryState<Data>
/** An operation that changes something, and whether it runs; {@link mutate} is the simple way. */
export declare function useMutation<Data>(document: string): { readonly fetching: Ref<boolean>, executeMutation(variables: Record<string, unknown>): Promise<{ data?: Data, error?: Error }> }
/** A subscription that ends with the component. */
export declare function useSubscription<Data>(options: { query: string, variables?: MaybeRefOrGetter<Record<string, unknown>>, pause?: MaybeRefOrGetter<boolean> }): Pick<QueryState<Data>, 'data' | 'error'>
/**
 * Hears of events as long as the component stands.
 * @param onEvent called for each event with the value of the subscription's field; without one after a break of the connection,
 * in which some may have been missed
 */
export declare function useLive<Event>(document: string, onEvent: (event?: Event) => void, variables?: Record<string, unknown>): void

/**
 * Keys of the fields of an object that who is signed in may read; none of an object that he may not see. The API knows no others for him:
 * a document that asks for one is refused as a whole.
 * @param object name of the object: `call`
 */
export declare function useReadableFields(object: string): ComputedRef<ReadonlySet<string>>

/**
 * What the filter of an object says in the address of the page, as the `filter` argument of its list; undefined where nothing is filtered.
 * People set it by `<RecordFilter object="call">`, the bar that lists of the app have.
 * @param object name of the object: `call`
 */
export declare function useListFilter(object: string): ComputedRef<Record<string, unknown> | undefined>
