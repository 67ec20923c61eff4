import { onUnmounted, shallowRef, type ShallowRef } from 'vue'
import { useAuthForm, type AuthForm } from '../../accounts/useAuthForm.ts'
import { uploadFile } from '../../records/files/upload.ts'
import { loadFetch, type Source } from './documents.ts'

/** What is being done for a package. `part` 0–1 is known of an upload only; `bytes` of what is fetched. */
export interface FetchLine { step: string, bytes: number | null, part: number | null }
/** How the server tells how far it is, and hears that it is given up. */
export interface Fetching { fetch: string, signal: AbortSignal }
export interface PackageFetch extends AuthForm {
  /** Null while nothing is fetched. */
  line: ShallowRef<FetchLine | null>
  upload(file: File): Promise<Source>
  during<Result>(work: (fetching: Fetching) => Promise<Result>): Promise<Result>
  /** Ends what is fetched, also on the server; no problem is shown. */
  giveUp(): void
}

const ASK_MS = 700
/** `crypto.randomUUID` is not there without https. */
const uuid = () => [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

/** A form that fetches packages on the server: it shows how far it is and can be given up. */
export function usePackageFetch(): PackageFetch {
  const { busy, problem, submit } = useAuthForm()
  const line = shallowRef<FetchLine | null>(null)
  let abort = new AbortController()
  onUnmounted(() => abort.abort())

  async function upload(file: File): Promise<Source> {
    line.value = { step: 'uploading', bytes: null, part: 0 }
    try {
      return { upload: await uploadFile(file, (part) => { line.value = { step: 'uploading', bytes: part * file.size, part } }, abort.signal) }
    } finally { line.value = null }
  }

  async function during<Result>(work: (fetching: Fetching) => Promise<Result>): Promise<Result> {
    const { signal } = abort
    const fetch = uuid()
    let waits = true
    line.value = { step: 'looking', bytes: null, part: null }
    const timer = setInterval(() => {
      void loadFetch(fetch).then((state) => { if (state && waits) line.value = { ...state, part: null } }, () => {})
    }, ASK_MS)
    try {
      return await work({ fetch, signal })
    } finally {
      clearInterval(timer)
      waits = false
      line.value = null
    }
  }

  return {
    busy, problem, line, upload, during,
    giveUp: () => abort.abort(),
    async submit(action) {
      const own = abort = new AbortController()
      const done = await submit(action)
      if (own.signal.aborted) problem.value = null
      return done
    },
  }
}
