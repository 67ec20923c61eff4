// `kartotek start` around the smallest server, for tests of starting and stopping: a database and /health.
import { createHttp } from '../http/index.ts'
import { startCommand } from '../cli/start.command.ts'

const start = startCommand(async () => async (config, db, { log }) => {
  const http = createHttp({ config, log, webDir: false, health: async () => ({ ready: (await db.pool.query('select')).rowCount === 1, versions: {}, problems: [] }) })
  const { url } = await http.listen()
  return {
    url, setupUrl: `${url}/setup`,
    async close() {
      await http.close()
      await db.close()
    },
  }
})

try {
  process.exitCode = await start.run(process.argv.slice(2), { out: line => { console.log(line) }, err: line => { console.error(line) }, env: process.env, cwd: process.cwd() }) ?? 0
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
