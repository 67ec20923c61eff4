import { once } from 'node:events'
import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy without https, as an operator puts one in front in a local network. */
export interface PlainProxy {
  port: number
  close(): Promise<void>
}

/**
 * Hands everything to `port` of this machine, sockets too, and says that it came from `client`: the tests' own browser is on the
 * same machine, and nobody could listen in there.
 */
export async function plainProxy(port: number, client: string): Promise<PlainProxy> {
  const forward = ({ method, url, headers }: IncomingMessage) =>
    request({ host: '127.0.0.1', port, method, path: url, headers: { ...headers, 'x-forwarded-for': client, 'x-forwarded-proto': 'http' } })
  const proxy = createServer((asked, answer) => {
    const onward = forward(asked)
    onward.on('response', (got) => { answer.writeHead(got.statusCode!, got.rawHeaders); got.pipe(answer) })
    // the server is still starting, or stops
    onward.on('error', () => { answer.destroy() })
    asked.pipe(onward)
  })
  proxy.on('upgrade', (asked, socket) => {
    const onward = forward(asked).end()
    onward.on('error', () => { socket.destroy() })
    onward.on('upgrade', (got, behind) => {
      const lines = Array.from({ length: got.rawHeaders.length / 2 }, (_, i) => `${got.rawHeaders[2 * i]}: ${got.rawHeaders[2 * i + 1]}`)
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`)
      for (const [from, to] of [[socket, behind], [behind, socket]] as const) from.pipe(to).on('error', () => { from.destroy() })
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    port: (proxy.address() as AddressInfo).port,
    async close() {
      proxy.close()
      proxy.closeAllConnections()
    },
  }
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
