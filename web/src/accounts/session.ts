import { computed, shallowRef } from 'vue'
import type { Locale } from '@kartotek/sdk'
import { query } from '../graphql/client.ts'
import { setLocale } from '../i18n/index.ts'
import { loadModel } from '../model/useModel.ts'
import { auth, type AuthStatus } from './api.ts'

/** Who is signed in, as the interface needs it. */
export interface Me {
  id: string
  name: string
  email: string
  locale: Locale
  capabilities: string[]
  roles: { id: string, key: string, name: string }[]
  twoFactorEnabled: boolean
  recoveryCodesLeft: number
}

const ME = /* GraphQL */ `query Me { me { id name email locale capabilities twoFactorEnabled recoveryCodesLeft roles { id key name } } }`

const status = shallowRef<AuthStatus | null>(null)
const me = shallowRef<Me | null>(null)

/** Asks the server who we are. @throws Problem when it does not answer */
export async function loadSession(): Promise<void> {
  status.value = await auth.status()
  if (!status.value.signedIn) return
  // The model is asked for at the same time; pages that need it wait for it themselves.
  void loadModel().catch(() => {})
  await reloadMe()
  // The profile's language counts: messages of the server come in it, and a page in two languages is none.
  if (me.value) await setLocale(me.value.locale)
}

export async function reloadMe(): Promise<void> {
  me.value = (await query<{ me: Me }>(ME)).me
}

/** A local address needs no encryption: the warning is for networks. */
const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)

export function useSession() {
  return {
    status,
    me,
    insecure: computed(() => status.value?.secure === false && !isLoopback),
    can: (capability: string) => me.value?.capabilities.includes(capability) ?? false,
  }
}

/** A fresh page drops the cache, the sockets and everything that plugins hold. */
export function enterApp(path = '/'): void { location.assign(path) }

export async function signOut(): Promise<void> {
  await auth.signOut()
  location.assign('/sign-in')
}
