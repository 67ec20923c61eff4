import type { AddressInfo } from 'node:net'
import express from 'express'
import { errorAnswer } from '../http/error-answer.ts'
import type { Caller } from '../access/caller.ts'
import type { Kartotek } from '../kartotek.ts'
import { testLog } from './index.ts'
import type { TestRequest } from './plugin-crm.ts'

/** One request to a route of a plugin, by a web server that stands for as long as it takes. Without `caller` nobody is signed in. */
export async function posted({ host }: Kartotek, path: string, { body, headers = {}, query = {}, method = 'POST' }: TestRequest & { method?: 'GET' | 'POST' }, caller: Caller | null = null): Promise<Response> {
  const app = express()
  app.use('/plugins', host.router({ authenticate: async () => caller, sameOrigin: () => true, publicUrl: () => 'http://127.0.0.1:3000' }))
  app.use(errorAnswer(testLog))
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/plugins/${path}${Object.keys(query).length ? `?${String(new URLSearchParams(query))}` : ''}`, { method, body: text, headers })
    return new Response(await response.arrayBuffer(), { status: response.status, headers: response.headers })
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}
