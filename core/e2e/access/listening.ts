import { WebSocket } from 'ws'

/** A subscription over WebSocket as a browser keeps it: when the server closes the socket, a new one is opened with what is left. */
export interface Listening {
  /** All that came, over all of its sockets. */
  heard: string[]
  /** When sockets were closed by the server, and with which code. */
  closings: { code: number, at: number }[]
  /** The server opened no further socket or took the subscription no more. */
  refused: boolean
  /** A subscription is running. */
  ready(): Promise<void>
  end(): void
}

export function listenAt(url: string, headers: Record<string, string>, query: string): Listening {
  let socket: WebSocket
  let ended = false
  let ready = Promise.withResolvers<void>()
  let isReady = false
  const become = (): void => {
    isReady = true
    ready.resolve()
  }
  const listening: Listening = {
    heard: [], closings: [], refused: false, ready: () => ready.promise,
    end() { ended = true; socket.terminate() },
  }
  const refuse = (): void => {
    listening.refused = true
    become()
  }
  function connect(): void {
    socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers })
    let isOpen = false
    socket.on('open', () => { isOpen = true; socket.send('{"type":"connection_init"}') })
    socket.on('error', () => { if (!isOpen) refuse() })
    socket.on('close', (code) => {
      if (ended || !isOpen) return
      listening.closings.push({ code, at: Date.now() })
      if (listening.refused) return
      if (isReady) ready = Promise.withResolvers<void>()
      isReady = false
      connect()
    })
    socket.on('message', (data) => {
      const { type } = JSON.parse(String(data)) as { type: string }
      if (type === 'connection_ack') {
        socket.send(JSON.stringify({ id: 's', type: 'subscribe', payload: { query } }))
        // The server answers pings in their order, behind the subscription.
        socket.send('{"type":"ping"}')
      } else if (type === 'pong') become()
      else if (type === 'error') refuse()
      else if (type === 'next') listening.heard.push(String(data))
    })
  }
  connect()
  return listening
}
