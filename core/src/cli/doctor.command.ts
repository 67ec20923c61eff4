import { loadConfig, type Config } from '../config/index.ts'
import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { databaseFindings } from './doctor-database.ts'
import { machineFindings, settingFindings } from './doctor-machine.ts'
import { withDatabase } from './with-database.ts'

/** One line of the doctor: fine, worth a look, or broken. */
export interface Finding {
  level: 'ok' | 'look' | 'bad'
  /** What was looked at. */
  subject: string
  /** What was found, and for `look` and `bad` what to do. */
  text: string
}

const MARKS: Record<Finding['level'], string> = { ok: 'ok  ', look: 'look', bad: 'BAD ' }

export const doctor: Command = {
  name: 'doctor',
  summary: 'Look at versions, settings, disk and database, and say what to mend. Exit code 1 when something is broken.',
  async run(args, io) {
    readArguments(args, 0, {})
    const config = loadConfig(io.env, io.cwd)
    const findings = [...machineFindings(config), ...settingFindings(io.env), ...await lookAtDatabase(config, io)]
    for (const { level, subject, text } of findings) io.out(`${MARKS[level]}  ${subject}: ${text}`)
    const bad = findings.filter(finding => finding.level === 'bad').length, look = findings.filter(finding => finding.level === 'look').length
    io.out(bad ? `\n${bad} to mend, ${look} to look at.` : look ? `\nNothing is broken; ${look} to look at.` : '\nAll is well.')
    return bad ? 1 : 0
  },
}

async function lookAtDatabase(config: Config, io: Parameters<Command['run']>[1]): Promise<Finding[]> {
  try {
    return await withDatabase(io, db => databaseFindings(db))
  } catch (error) {
    return [{ level: 'bad', subject: 'database', text: (error as Error).message }]
  }
}
