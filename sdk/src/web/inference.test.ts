// The types that authors of web parts do not write. The compiler checks this file; the tests only hold it.
import { describe, expectTypeOf, it } from 'vitest'
import type { Component, ComputedRef, Ref } from 'vue'
import type { Locale } from '../locale.ts'
import {
  defineWebPlugin, type CurrentRecord, type FieldOfSlot, type QueryState, type Rights, type SlotItem, type SlotName, type SlotProps, type TimelineEntry, type WebPlugin,
} from './index.ts'
import type * as web from './index.ts'

const component = (): Promise<{ default: Component }> => Promise.reject(new Error('Never fetched.'))

describe('what is declared is known', () => {
  it('of the places of the app, and of what stands in each', () => {
    expectTypeOf<SlotName>().toEqualTypeOf<
      'record.header.actions' | 'record.tabs' | 'record.side' | 'record.composer' | 'timeline.item' | 'list.cell' | 'list.bulk.actions' | 'kanban.card' | 'field.input' | 'dashboard.widget' | 'settings.page' | 'app.dock'
    >()
    expectTypeOf<SlotProps['record.header.actions']>().toEqualTypeOf<{ record: CurrentRecord }>()
    expectTypeOf<SlotProps['record.tabs']>().toEqualTypeOf<{ record: CurrentRecord }>()
    expectTypeOf<SlotProps['record.side']>().toEqualTypeOf<{ record: CurrentRecord }>()
    expectTypeOf<SlotProps['timeline.item']>().toEqualTypeOf<{ entry: TimelineEntry, record: { readonly object: string, readonly id: string } }>()
    expectTypeOf<SlotProps['list.cell']>().toEqualTypeOf<{ field: FieldOfSlot, value: unknown, row: Readonly<Record<string, unknown>> }>()
    expectTypeOf<SlotProps['record.composer']>().toEqualTypeOf<{ record: CurrentRecord, done: () => void }>()
    expectTypeOf<SlotProps['list.bulk.actions']['ids']>().toEqualTypeOf<readonly string[] | null>()
    expectTypeOf<SlotProps['kanban.card']>().toEqualTypeOf<{ object: string, record: Readonly<Record<string, unknown>> & { readonly id: string } }>()
    expectTypeOf<SlotProps['field.input']>().toEqualTypeOf<{ field: FieldOfSlot, modelValue: unknown, disabled: boolean }>()
    expectTypeOf<SlotProps['dashboard.widget'] | SlotProps['settings.page'] | SlotProps['app.dock']>().toEqualTypeOf<Record<never, never>>()
  })

  it('of predicates, and of what each slot asks for besides', () => {
    const plugin = defineWebPlugin({
      id: 'a',
      slots: {
        'record.tabs': [{ id: 'x', title: 'x', component, when: ({ record }, rights) => {
          expectTypeOf(record).toEqualTypeOf<CurrentRecord>()
          expectTypeOf(rights).toEqualTypeOf<Rights>()
          return record.object === 'client' && rights.can('a.b')
        } }],
        'timeline.item': [{ id: 'x', match: ['a-call', 'a-letter'], component, when: ({ entry }) => { expectTypeOf(entry.seconds).toEqualTypeOf<number | null>(); return true } }],
        'app.dock': [{ id: 'x', component, order: 5, when: (_, { can }) => can('a.b') }],
        'record.composer': [{ id: 'x', title: 'x', component, when: ({ record }, { may }) => record.object === 'client' && may('message', 'create') }],
      },
      messages: { fi: () => Promise.resolve({ default: { calls: { title: 'Puhelut' } } }) },
    })
    expectTypeOf(plugin).toEqualTypeOf<WebPlugin>()
    expectTypeOf<SlotItem<'list.cell'>['match']>().toEqualTypeOf<string | readonly string[]>()
    // @ts-expect-error a tab has a title
    defineWebPlugin({ id: 'a', slots: { 'record.tabs': [{ id: 'x', component }] } })
    // @ts-expect-error a cell says of which field it is
    defineWebPlugin({ id: 'a', slots: { 'list.cell': [{ id: 'x', component }] } })
    // @ts-expect-error there is no such place
    defineWebPlugin({ id: 'a', slots: { 'record.footer': [{ id: 'x', component }] } })
    // @ts-expect-error there is no record outside of a card
    defineWebPlugin({ id: 'a', slots: { 'app.dock': [{ id: 'x', component, when: ({ record }) => record }] } })
    // @ts-expect-error no language of the interface
    defineWebPlugin({ id: 'a', messages: { sv: () => Promise.resolve({ default: {} }) } })
  })

  it('of composables', () => {
    expectTypeOf<typeof web.useCurrentRecord>().returns.toEqualTypeOf<ComputedRef<CurrentRecord | null>>()
    expectTypeOf<ReturnType<typeof web.useSession>['me']>().toEqualTypeOf<Readonly<Ref<{ readonly id: string, readonly name: string, readonly email: string, readonly locale: Locale } | null>>>()
    expectTypeOf<ReturnType<typeof web.useI18n>['locale']['value']>().toEqualTypeOf<Locale>()
    expectTypeOf<ReturnType<typeof web.useNavigation>['cardOf']>().toEqualTypeOf<(object: string, id: string) => string | null>()
    expectTypeOf<typeof web.useToast>().returns.toHaveProperty('add')
    expectTypeOf<typeof web.useQuery<{ n: number }>>().returns.toEqualTypeOf<QueryState<{ n: number }>>()
    expectTypeOf<QueryState<{ n: number }>['data']['value']>().toEqualTypeOf<{ n: number } | undefined>()
    expectTypeOf<ReturnType<typeof web.useSubscription<{ n: number }>>>().toEqualTypeOf<Pick<QueryState<{ n: number }>, 'data' | 'error'>>()
    expectTypeOf<typeof web.query<{ n: number }>>().returns.resolves.toEqualTypeOf<{ n: number }>()
    expectTypeOf<typeof web.mutate<{ n: number }>>().returns.resolves.toEqualTypeOf<{ data: { n: number }, changeSets: string[] }>()
    expectTypeOf<Parameters<typeof web.useLive<{ id: string }>>[1]>().toEqualTypeOf<(event?: { id: string }) => void>()
  })
})
