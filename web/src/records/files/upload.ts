import { currentLocale } from '../../i18n/index.ts'
import { Problem } from '../../graphql/problem.ts'
import type { ErrorCode } from '@kartotek/sdk'

/**
 * Sends a file to the server; `progress` hears of the part that is there, 0–1. Only XMLHttpRequest tells how far an upload is.
 * @returns the id of the upload
 * @throws Problem, or the reason of the signal, which ends it
 */
export function uploadFile(file: File, progress: (part: number) => void, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', '/uploads')
    request.setRequestHeader('accept-language', currentLocale())
    request.responseType = 'json'
    request.upload.onprogress = event => progress(event.lengthComputable ? event.loaded / event.total : 0)
    request.onerror = () => reject(new Problem('NETWORK' as ErrorCode, ''))
    signal?.addEventListener('abort', () => {
      request.abort()
      reject(signal.reason as Error)
    }, { once: true })
    request.onload = () => {
      const answer = request.response as { id?: string, error?: { code?: ErrorCode, message?: string } } | null
      if (request.status === 201 && answer?.id) resolve(answer.id)
      else reject(new Problem(answer?.error?.code ?? 'INTERNAL', answer?.error?.message ?? ''))
    }
    const form = new FormData()
    form.append('file', file)
    request.send(form)
  })
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

/** `1,4 Мбайт` in the language of the interface. */
export function sizeText(bytes: number, locale: string): string {
  const step = Math.min(bytes > 0 ? Math.floor(Math.log10(bytes) / 3) : 0, UNITS.length - 1)
  return new Intl.NumberFormat(locale, { style: 'unit', unit: UNITS[step], unitDisplay: step ? 'short' : 'long', maximumFractionDigits: step > 1 ? 1 : 0 }).format(bytes / 1000 ** step)
}
