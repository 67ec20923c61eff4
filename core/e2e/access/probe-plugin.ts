import { definePlugin } from '@kartotek/sdk'

/** A plugin of the test: an object, a field on client, a query and routes of its own, all with canaries. */
export default definePlugin({
  id: 'probe',
  version: '1.0.0',
  compat: { sdk: '^0.1' },
  label: { en: 'Probe' },
  needs: { client: ['read'] },
  objects: [{
    name: 'probeNote', plural: 'probeNotes', title: 'text', owned: true, accessFrom: ['client'],
    label: { en: 'Probe note' }, labelPlural: { en: 'Probe notes' },
    fields: [
      { name: 'text', type: 'text', required: true, searchable: true, label: { en: 'Text' } },
      { name: 'client', type: 'reference', to: 'client', reverse: 'probeNotes', label: { en: 'Client' } },
    ],
  }],
  fields: {
    client: [{ name: 'rating', type: 'integer', filterable: true, label: { en: 'Rating' } }],
  },
  http: [
    { method: 'GET', path: '/note', run: async ({ query }, ctx) => ({ body: { note: await ctx.records.get('probeNote', query.id ?? '', ['text', 'client.name']) } }) },
    { method: 'POST', path: '/note', run: async ({ query, body }, ctx) => ({ body: await ctx.records.update('probeNote', query.id ?? '', { text: body.toString() }) }) },
  ],
  graphql: {
    typeDefs: 'type ProbeAnswer { texts: [String!]! clients: Int! } extend type Query { probeAnswer: ProbeAnswer! }',
    resolvers: {
      Query: {
        async probeAnswer(_parent: unknown, _args: unknown, ctx) {
          const { nodes } = await ctx.records.list('probeNote', { fields: ['text', 'client.name'] }).catch(() => ({ nodes: [] }))
          return { texts: nodes.map((n) => JSON.stringify(n)), clients: await ctx.records.count('client').catch(() => 0) }
        },
      },
    },
  },
})
