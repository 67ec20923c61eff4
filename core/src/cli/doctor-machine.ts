import { existsSync, statSync, statfsSync } from 'node:fs'
import { totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { SETTINGS, VERSION, type Config } from '../config/index.ts'
import type { Finding } from './doctor.command.ts'

const MB = 1024 * 1024
/** Below these, PostgreSQL cannot write soon, or now. */
const LITTLE_ROOM_MB = 2_048, NO_ROOM_MB = 200

export function machineFindings(config: Config): Finding[] {
  const { bavail, bsize } = statfsSync(config.dataDir)
  const freeMb = Math.floor(bavail * bsize / MB)
  const mode = statSync(config.dataDir).mode & 0o077
  const web = existsSync(fileURLToPath(new URL('../../../web/dist/index.html', import.meta.url)))
  return [
    { level: 'ok', subject: 'versions', text: `Kartotek ${VERSION}, Node ${process.versions.node}, ${process.platform} ${process.arch}, ${Math.round(totalmem() / MB / 1024)} GB of memory` },
    {
      level: freeMb < NO_ROOM_MB ? 'bad' : freeMb < LITTLE_ROOM_MB ? 'look' : 'ok', subject: 'disk',
      text: `${freeMb} MB free at ${config.dataDir}${freeMb < LITTLE_ROOM_MB ? ': free some space, a full disk stops all writing' : ''}`,
    },
    mode
      ? { level: 'look', subject: 'data directory', text: `other users of this machine may enter ${config.dataDir}: run \`chmod 700\` on it` }
      : { level: 'ok', subject: 'data directory', text: `${config.dataDir}, closed to other users` },
    web
      ? { level: 'ok', subject: 'web app', text: 'built' }
      : { level: 'look', subject: 'web app', text: 'not built: `npm start` builds it' },
  ]
}

/** The settings that are given. The values of secret ones are not shown. */
export function settingFindings(env: NodeJS.ProcessEnv): Finding[] {
  const given = SETTINGS.filter(({ name }) => env[name]?.trim()).map(({ name, secret }) => secret ? `${name}=…` : `${name}=${env[name]}`)
  return [{ level: 'ok', subject: 'settings', text: given.length ? given.join(' ') : 'all as by default' }]
}
