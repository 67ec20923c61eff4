import { definePlugin, type PluginDefinition } from '@kartotek/sdk'
import { companyKey } from '../facts/company-name.ts'
import type { Home } from '../facts/phone.ts'
import { clientObjects } from './client-objects.ts'
import { computeContactPoints } from './contact-points.ts'
import { checkBankAccounts, checkRegistration } from './requisites.ts'

/** Clients, the people at them, and the ways to reach both. `home` gives the country and city of numbers without one. */
export function clientsFeature(deps: { country(): string, home(): Home }): PluginDefinition {
  return definePlugin({
    id: 'clients',
    version: '1.0.0',
    objects: clientObjects,
    compute: {
      contactPoint: { id: 'normalise', run: (records) => computeContactPoints(records, deps.home) },
      contact: {
        id: 'full-name',
        run(records) {
          for (const { values } of records) values.name = [values.lastName, values.firstName, values.middleName].filter(Boolean).join(' ') || values.name
        },
      },
      client: {
        id: 'match-key',
        run(records) {
          checkRegistration(records, deps.country)
          for (const { values, changed } of records) if (changed.has('name')) values.matchKey = companyKey(String(values.name ?? '')) || null
        },
      },
      clientBankAccount: { id: 'check', run: (records) => checkBankAccounts(records, deps.country) },
    },
  })
}
