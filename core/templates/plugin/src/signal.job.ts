import { job, NotFoundError, s } from '@kartotek/sdk'

/** Keeps a signal at the client with this name. A job may run more than once: so it looks whether its work is done. */
export const keepSignal = job({
  input: s.object({ id: s.string(), client: s.string(), text: s.string() }),
  async run({ id, client: name, text }, ctx) {
    if (await ctx.records.count('myPluginSignal', { filter: { externalId: { eq: id } } })) return
    const { nodes: [client] } = await ctx.records.list('client', { filter: { name: { eq: name } }, fields: ['id'], first: 1 })
    // Thrown errors are tried again; after the last attempt the job stands in the list of failed jobs.
    if (!client) throw new NotFoundError(`There is no client "${name}".`)
    await ctx.records.create('myPluginSignal', { client: client.id, text, externalId: id })
  },
})
