import { isValidIBAN } from 'ibantools'
import { definePlugin, type PluginDefinition } from '@kartotek/sdk'
import { companyKey } from '../facts/company-name.ts'
import { clientObjects } from './client-objects.ts'
import { computeContactPoints } from './contact-points.ts'

/** Clients, the people at them, and the ways to reach both. `country` gives the country of numbers without one. */
export function clientsFeature(deps: { country(): string }): PluginDefinition {
  return definePlugin({
    id: 'clients',
    version: '1.0.0',
    objects: clientObjects,
    compute: {
      contactPoint: { id: 'normalise', run: (records) => computeContactPoints(records, deps.country) },
      contact: {
        id: 'full-name',
        run(records) {
          for (const { values } of records) values.name = [values.lastName, values.firstName, values.middleName].filter(Boolean).join(' ') || values.name
        },
      },
      client: {
        id: 'match-key',
        run(records) {
          for (const { values, changed } of records) if (changed.has('name')) values.matchKey = companyKey(String(values.name ?? '')) || null
        },
      },
      clientBankAccount: {
        id: 'check',
        run(records) {
          for (const { values, changed, refuse } of records) {
            const iban = String(values.account ?? '').replace(/\s/g, '').toUpperCase()
            if (!changed.has('account') || !/^[A-Z]{2}\d{2}/.test(iban)) continue
            if (isValidIBAN(iban)) values.account = iban
            else refuse('account', 'iban')
          }
        },
      },
    },
  })
}
