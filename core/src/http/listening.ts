import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Config } from '../config/index.ts'
import { StartError } from '../database/errors.ts'

const GRACE_MS = 5_000

/** Starts to listen. @returns the port, which differs from the setting when that is 0 */
export function listenOn(server: Server, { port, host }: Pick<Config, 'port' | 'host'>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, port, host)))
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function explain(error: NodeJS.ErrnoException, port: number, host: string): Error {
  if (error.code === 'EADDRINUSE') return new StartError(`Port ${port} is taken by another program: stop that one, or set PORT to another number, such as PORT=${port + 1}.`)
  if (error.code === 'EACCES') return new StartError(`Port ${port} may not be used by an ordinary user: set PORT to a number from 1024 up.`)
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') return new StartError(`${host} is no address of this machine: set HOST to 127.0.0.1, or to 0.0.0.0 for the whole network.`)
  return error
}

/** All open sockets, WebSockets too: node forgets those once they are upgraded. */
export function trackSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>()
  for (const event of ['connection', 'secureConnection']) {
    server.on(event, (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
  }
  return sockets
}

/** Ends a server: idle connections at once, busy ones when they are done, or after {@link GRACE_MS}. */
export async function closeGently(server: Server, sockets: Set<Socket>): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>(resolve => { server.close(() => resolve()) })
  // a busy keep-alive connection becomes idle when its answer is out, and would then wait for the next request
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const cut = setTimeout(() => { for (const socket of sockets) socket.destroy() }, GRACE_MS)
  await closed
  clearInterval(sweep)
  clearTimeout(cut)
}
