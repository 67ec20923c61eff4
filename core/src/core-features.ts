import type { PluginDefinition } from '@kartotek/sdk'
import { catalogFeature } from './catalog/catalog.feature.ts'
import { clientsFeature } from './clients/clients.feature.ts'
import { ordersFeature } from './orders/orders.feature.ts'
import { peopleFeature } from './people/people.feature.ts'

/** The features that bring the built-in objects. `company` gives what the company set. */
export function objectFeatures(company: () => { country: string, areaCode?: string | null, currency: string }): PluginDefinition[] {
  return [
    peopleFeature, catalogFeature, clientsFeature({ country: () => company().country, home: company }), ordersFeature({ currency: () => company().currency }),
  ]
}
