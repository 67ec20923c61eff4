import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { useQuery as useRequest, useSubscription as useStream, type AnyVariables, type UseQueryArgs, type UseQueryResponse, type UseSubscriptionArgs, type UseSubscriptionResponse } from '@urql/vue'

/**
 * A query that a component holds. Variables that are made anew with the same values are no new question: to ask again from the cache
 * would end the answer that is on its way from the server, and with it what has just changed.
 */
export function useQuery<Data = unknown, Variables extends AnyVariables = AnyVariables>(args: UseQueryArgs<Data, Variables>): UseQueryResponse<Data, Variables> {
  return useRequest<Data, Variables>(withSteady(args))
}

/** A subscription that a component holds; it begins anew only where the values of its variables change. */
export function useSubscription<Data = unknown, Variables extends AnyVariables = AnyVariables>(args: UseSubscriptionArgs<Data, Variables>): UseSubscriptionResponse<Data, Data, Variables> {
  return useStream<Data, Data, Variables>(withSteady(args))
}

function withSteady<Args extends { variables?: unknown }>(args: Args): Args {
  return args.variables === undefined ? args : { ...args, variables: steady(args.variables) }
}

function steady<Value>(value: MaybeRefOrGetter<Value>): ComputedRef<Value> {
  return computed((old?: Value) => {
    const now = toValue(value)
    return old !== undefined && JSON.stringify(old) === JSON.stringify(now) ? old : now
  })
}
