// A process of its own for tests that kill one: opens the embedded database of argv[2], says so on standard output as one
// line of JSON, and keeps it until it is told to stop.
import { openDatabase } from '../database/index.ts'
import { testLog } from './test-server.ts'

try {
  const db = await openDatabase({ dataDir: process.argv[2]! }, testLog)
  process.on('SIGTERM', () => { void db.close().then(() => process.exit(0)) })
  console.log(JSON.stringify({ url: db.url, home: db.embedded!.home }))
  setInterval(() => undefined, 60_000)
} catch (error) {
  console.log(JSON.stringify({ error: (error as Error).message }))
  process.exit(1)
}
