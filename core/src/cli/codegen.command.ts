import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { codegen as generate } from '@graphql-codegen/core'
import * as typescript from '@graphql-codegen/typescript'
import * as resolvers from '@graphql-codegen/typescript-resolvers'
import { buildClientSchema, getIntrospectionQuery, parse, printSchema, type GraphQLSchema, type IntrospectionQuery } from 'graphql'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { StartError } from '../database/errors.ts'
import { UsageError, type Command, type Io } from './command.ts'
import { withDatabase } from './with-database.ts'
import { withKartotek } from './with-engine.ts'

/** What the scalars of the API are in JSON. A `Decimal` is text, because a JavaScript number is not exact. */
const SCALARS = { ID: 'string', Decimal: 'string', DateTime: 'string', Date: 'string', JSON: 'unknown' }

export const codegen: Command = {
  name: 'codegen',
  usage: 'FILE [--resolvers] [--url URL --token TOKEN]',
  summary: 'Write the TypeScript types of the API, own objects and fields included: of this installation, or with --url of a running server, as far as the token sees it. --resolvers adds those of resolvers, for plugins.',
  async run(args, io) {
    const { file, url, token, withResolvers } = read(args)
    const schema = url ? await schemaOf(url, token ?? '') : await ownSchema(io)
    const target = resolve(io.cwd, file)
    const text = await generate({
      filename: target,
      schema: parse(printSchema(schema)),
      documents: [],
      config: {
        scalars: SCALARS, strictScalars: true, useTypeImports: true, enumsAsTypes: true, skipTypename: true, avoidOptionals: { field: true },
        ...withResolvers && { contextType: '@kartotek/sdk#PluginContext', makeResolverTypeCallable: true },
      },
      plugins: [{ typescript: {} }, ...withResolvers ? [{ resolvers: {} }] : []],
      pluginMap: { typescript, ...withResolvers && { resolvers } },
    })
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, `// Written by \`kartotek codegen\`; write it anew when the model or a plugin changes.\n/* eslint-disable */\n${text}`)
    io.out(target)
  },
}

function read(args: string[]): { file: string, url?: string, token?: string, withResolvers: boolean } {
  const parsed = (() => {
    try {
      return parseArgs({ args, allowPositionals: true, options: { url: { type: 'string' }, token: { type: 'string' }, resolvers: { type: 'boolean' } } })
    } catch (error) {
      throw new UsageError((error as Error).message)
    }
  })()
  const { values: { url, token, resolvers: withResolvers = false }, positionals: [file, ...more] } = parsed
  if (!file || more.length) throw new UsageError('Give one file to write the types into.')
  if ((url === undefined) !== (token === undefined)) throw new UsageError('--url and --token belong together.')
  return { file, url, token, withResolvers }
}

/** The whole schema of the data directory or database of this installation, with its plugins. */
async function ownSchema(io: Io): Promise<GraphQLSchema> {
  return withDatabase(io, (db, config, log) => withKartotek(db, config, log, async ({ api, host }) => {
    for (const problem of host.problems) io.err(`Not in the types: ${problem}`)
    const context = api.contextOf(SYSTEM_CALLER)
    return api.schema(context.reading.generation, context.access)
  }))
}

async function schemaOf(url: string, token: string): Promise<GraphQLSchema> {
  const response = await fetch(new URL('/graphql', url), {
    method: 'POST', headers: { 'content-type': 'application/json', 'authorization': `Bearer ${token}` }, body: JSON.stringify({ query: getIntrospectionQuery({ inputValueDeprecation: true }) }),
  }).catch((error: Error) => { throw new StartError(`${url} does not answer: ${(error.cause as Error | undefined)?.message ?? error.message}`) })
  const { data, errors } = await response.json().catch(() => { throw new StartError(`${url} answers with something else than GraphQL (${response.status}).`) }) as { data?: IntrospectionQuery, errors?: { message: string }[] }
  if (!data || errors?.length) throw new StartError(`${url} refuses: ${errors?.[0]?.message ?? response.status}`)
  return buildClientSchema(data)
}
