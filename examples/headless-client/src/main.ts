// A program beside Kartotek: `node src/main.ts add "Aino Oy"`, `node src/main.ts watch`.
import { randomUUID } from 'node:crypto'
import { Kartotek, KartotekError } from './kartotek.ts'

interface Client { id: string, name: string }
interface Change { clientChanged: { kind: string, record: Client | null } }

const { KARTOTEK_URL: url, KARTOTEK_TOKEN: token } = process.env
const [command, name] = process.argv.slice(2)

if (!url || !token || !(command === 'watch' || (command === 'add' && name))) {
  console.error('KARTOTEK_URL=http://127.0.0.1:3000 KARTOTEK_TOKEN=… node src/main.ts add NAME | watch')
  process.exit(2)
}
const kartotek = new Kartotek(url, token)

try {
  if (command === 'add') {
    const { createClient } = await kartotek.ask<{ createClient: Client }>(
      'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id name } }', { input: { name, kind: 'organisation' } }, randomUUID(),
    )
    console.log(`${createClient.id}\t${createClient.name}`)
  } else {
    const { clients } = await kartotek.ask<{ clients: { nodes: Client[] } }>('{ clients(first: 5, orderBy: [{ field: createdAt, direction: DESC }]) { nodes { id name } } }')
    for (const client of clients.nodes.reverse()) console.log(`THERE\t${client.name}`)
    for await (const { clientChanged: { kind, record } } of kartotek.watch<Change>('subscription { clientChanged { kind record { id name } } }')) {
      console.log(`${kind}\t${record?.name ?? ''}`)
    }
  }
} catch (error) {
  if (!(error instanceof KartotekError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
}
