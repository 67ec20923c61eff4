// A node in a process of its own that does the background work of a test's database, `<database> <plugins’ database> <files> [plugin]`.
import { pino } from 'pino'
import { openDatabase } from '../database/index.ts'
import { openKartotek } from '../kartotek.ts'
import { TEST_SECRET } from './test-server.ts'

const [databaseUrl, pluginsDatabaseUrl, filesDir, plugin] = process.argv.slice(2) as [string, string, string, string?]
const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' })
const db = await openDatabase({ dataDir: '', databaseUrl, pluginsDatabaseUrl }, log, { maxConnections: 8 })
const kartotek = await openKartotek({ db, log, secret: TEST_SECRET, filesDir, role: 'worker', webhooks: { networks: '127.0.0.1' }, plugins: plugin ? [plugin] : [], accounts: { publicUrl: 'http://127.0.0.1:3000' } })
await kartotek.start()
process.send!('working')
