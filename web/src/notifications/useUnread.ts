import { shallowRef, type ShallowRef } from 'vue'
import { client, query, whenBack } from '../graphql/client.ts'
import { UNREAD, UNREAD_CHANGED } from './documents.ts'

const unread = shallowRef(0)
let started = false

const ask = () => query<{ unreadNotifications: number }>(UNREAD).then((answer) => { unread.value = answer.unreadNotifications }).catch(() => { /* asked again with the next change */ })

/** How many notifications wait to be read, one number for the whole app; others' doings change it by themselves. */
export function useUnread(): ShallowRef<number> {
  if (!started) {
    started = true
    void ask()
    client.subscription<{ unreadNotificationsChanged: number }>(UNREAD_CHANGED, {}).subscribe(({ data }) => { if (data) unread.value = data.unreadNotificationsChanged })
    whenBack(() => void ask())
    // What came while the machine slept was told to nobody.
    document.addEventListener('visibilitychange', () => { if (!document.hidden) void ask() })
  }
  return unread
}
