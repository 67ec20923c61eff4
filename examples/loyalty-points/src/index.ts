import { definePlugin, InputError, job, NotAllowedError, s } from '@kartotek/sdk'
import { documentTemplate } from '@kartotek/sdk/contracts'
import { Account, spendFor } from './account.ts'
import { entryObject, pointsField } from './entry.object.ts'
import { settings } from './settings.ts'
import { Statement } from './statement.ts'

/** Points for won orders: given by a job, kept as entries, summed on the client, spent by who may. */
export default definePlugin({
  id: 'loyalty-points',
  version: '1.0.0',
  compat: { sdk: '^0.1' },
  label: { en: 'Loyalty points', ru: 'Бонусные баллы', uk: 'Бонусні бали', fi: 'Kanta-asiakaspisteet' },
  settings,
  web: './web/dist/index.js',

  permissions: { spend: { label: { en: 'Spend loyalty points', ru: 'Списывать бонусные баллы', uk: 'Списувати бонусні бали', fi: 'Kanta-asiakaspisteiden käyttö' } } },
  // What its background code may do; its own object needs no mention.
  needs: { client: ['read', 'update'], order: ['read'] },

  // «Make a document» on the client's card.
  provides: [documentTemplate.by((ctx) => ctx.get(Statement))],

  objects: [entryObject],
  fields: { client: [pointsField] },

  on: {
    // After the commit, at least once: so they only say what is to be done.
    'order.*': { id: 'reward', run: async (events, ctx) => { for (const { recordId } of events) await ctx.enqueue('reward', { order: recordId }, { key: recordId }) } },
    'loyaltyEntry.*': {
      id: 'count',
      async run(events, ctx) {
        const { nodes } = await ctx.records.list('loyaltyEntry', { filter: { id: { in: events.map((event) => event.recordId) } }, fields: ['client'], first: 200 })
        for (const client of new Set(nodes.map((entry) => entry.client as string))) await ctx.enqueue('count', { client }, { key: client })
      },
    },
  },
  jobs: {
    reward: job({ input: s.object({ order: s.id() }), run: ({ order }, ctx) => ctx.get(Account).reward(order) }),
    count: job({ input: s.object({ client: s.id() }), run: ({ client }, ctx) => ctx.get(Account).count(client) }),
  },

  // On every path (API, import, mass change): the account is written by the plugin alone.
  guards: {
    'loyaltyEntry.*': {
      id: 'only-by-the-plugin',
      run(_, ctx) {
        if (ctx.actor.kind === 'user' || ctx.actor.kind === 'token') throw new NotAllowedError('Points are given for orders and spent by loyaltyPointsSpend; nobody writes entries himself.')
      },
    },
  },

  graphql: {
    typeDefs: `
      "What a client has left."
      type LoyaltyPointsBalance { client: ID! points: Int! }
      input LoyaltyPointsSpendInput { client: ID! points: Int! reason: String! }
      extend type Mutation {
        "Takes points from a client; needs the right loyalty-points.spend."
        loyaltyPointsSpend(input: LoyaltyPointsSpendInput!): LoyaltyPointsBalance!
      }
    `,
    resolvers: {
      Mutation: {
        loyaltyPointsSpend(_, { input }: { input: { client: string, points: number, reason: string } }, ctx) {
          if (input.points < 1) throw new InputError('At least one point is spent.', [{ field: 'points', rule: 'min', message: 'At least one point is spent.', params: { min: 1 } }])
          return spendFor(input, ctx)
        },
      },
    },
  },
})
