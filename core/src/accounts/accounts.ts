import { watchAccess, announceAccessChange } from './access-changes.ts'
import { createAuthenticate } from './authenticate.ts'
import { setPassword } from './credentials.ts'
import type { AccountsDeps } from './deps.ts'
import type { Engine } from './engine.ts'
import { createSetup } from './first-administrator.ts'
import { createLimits } from './limits.ts'
import { createLinks } from './links.ts'
import { smtpSender } from './mail.ts'
import { createPasswords } from './passwords.ts'
import { createPeople } from './people.ts'
import { deriveSecrets, type Secrets } from './secrets.ts'
import { removeExpired } from './sessions.ts'
import { createSignIn } from './sign-in.ts'
import { createTwoFactor } from './two-factor.ts'
import { createVouched } from './vouched.ts'

export type Accounts = ReturnType<typeof createAccounts>

/** Puts accounts together. Needs the migrations of this room and of `access`, and the record table `core."user"`. */
export function createAccounts(deps: AccountsDeps) {
  const secrets = deriveSecrets(deps.secret)
  const sendMail = deps.sendMail ?? (deps.smtpUrl ? smtpSender(deps.smtpUrl, deps.publicUrl) : null)
  const limits = createLimits(deps.db)
  const links = createLinks(deps.publicUrl, secrets)
  const twoFactor = createTwoFactor(deps.db, secrets)
  const engine = engineOnFirstUse(deps, secrets)
  const people = createPeople({ ...deps, links, twoFactor, sendMail })
  const setup = createSetup({ ...deps, links })
  const signIn = createSignIn({ ...deps, engine, limits, twoFactor })
  return {
    deps, limits, twoFactor, people, setup,
    /** Null where no mail server is set. */
    sendMail,
    signIn,
    vouched: createVouched({ ...deps, secrets, limits, signIn }),
    passwords: createPasswords({ ...deps, links, limits, people }),
    ...createAuthenticate({ ...deps, cookieKey: secrets.cookieKey }),
    ensureFirstAdministrator: setup.ensureFirstAdministrator,
    /** Ends when the returned function is called; see {@link watchAccess}. */
    watchAccess: (onChange: (userId: string) => void) => watchAccess(deps.db, onChange, deps.log),
    announceAccessChange,
    /** Gives a person a password without questions: demo company, command line. */
    setPassword: (userId: string, password: string) => setPassword(deps.db.pool, userId, password),
    /** Daily housekeeping. */
    removeExpired: () => removeExpired(deps.db.pool),
  }
}

/** better-auth takes half a second and tens of megabytes to load: the first sign-in of a process pays, not its start. */
function engineOnFirstUse(deps: AccountsDeps, secrets: Secrets): Engine {
  // it reads BETTER_AUTH_* (secrets, origins, telemetry) behind our validated settings: take them away
  for (const name of Object.keys(process.env)) if (name.startsWith('BETTER_AUTH_')) delete process.env[name]
  let engine: Promise<Engine> | undefined
  const ready = () => engine ??= import('./engine.ts').then(({ createEngine }) => createEngine(deps, secrets))
  return {
    signIn: async (...args) => (await ready()).signIn(...args),
    vouched: async (...args) => (await ready()).vouched(...args),
  }
}
