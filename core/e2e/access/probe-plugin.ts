import { definePlugin, type PluginContext } from '@kartotek/sdk'
import { accountingExchange, documentTemplate } from '@kartotek/sdk/contracts'

const nameOf = async (id: string, ctx: PluginContext): Promise<string> => String((await ctx.records.get('client', id, ['name']))?.name)

/** A plugin of the test: an object, a field on client, a query, routes, a document and an exchange of its own, all with canaries. */
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
  provides: [
    documentTemplate.by((ctx) => ({
      templates: async ({ object, id }) => (object === 'client' && id ? [{ key: 'sheet', label: { en: `Sheet of ${await nameOf(id, ctx)}` }, formats: ['txt'] }] : []),
      render: async ({ record }) => ({ name: 'sheet.txt', content: await nameOf(record.id, ctx) }),
    })),
    accountingExchange.by((ctx) => ({
      key: 'main', label: { en: 'Probe' }, ready: true, objects: ['client'],
      states: (_, ids) => Promise.all(ids.map(async (id) => ({ record: id, externalId: null, sentAt: null, problems: [{ kind: 'conflict' as const, field: 'name', text: await nameOf(id, ctx) }] }))),
      send: async () => undefined,
      runs: async () => ({ items: [{ id: '1', startedAt: '2026-11-02T10:00:00Z', finishedAt: null, counts: { refused: 1 } }], next: null }),
      async lines() {
        const { nodes } = await ctx.records.list('client', { fields: ['name'] }).catch(() => ({ nodes: [] }))
        return { items: nodes.map(({ id, name }) => ({ outcome: 'refused' as const, record: { object: 'client', id }, name: 'Line', fields: ['name'], text: String(name) })), next: null }
      },
    })),
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
