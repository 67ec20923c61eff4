import { textIn, type RecordData } from '@kartotek/sdk'
import { escapeHtml as e } from '../public-door.ts'
import { languageOf, originsOf, type FormField } from './form.object.ts'
import { WORDS } from './words.ts'

/** A field that people do not see and robots fill in. */
export const TRAP = 'website_url'
/** What the page of the site tells of itself: carried along in hidden fields. */
export const TOLD = ['page', 'referrer', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'gclid', 'yclid', 'fbclid'] as const

const STYLE = `:root{color-scheme:light dark}*{box-sizing:border-box}body{font:16px/1.5 system-ui,sans-serif;margin:0;padding:16px;color:#0f172a;background:#fff}main{max-width:36rem;margin:0 auto}h1{font-size:1.4rem;margin:0 0 .5rem}label,legend{display:block;font-weight:600;margin:1rem 0 .25rem}input,textarea,select{width:100%;font:inherit;color:inherit;padding:.55rem .7rem;border:1px solid #94a3b8;border-radius:.5rem;background:transparent}input[type=checkbox]{width:auto;margin-right:.5rem}.check{font-weight:400;display:flex;align-items:baseline}textarea{min-height:7rem}button{font:inherit;font-weight:600;margin-top:1.25rem;padding:.6rem 1.4rem;border:0;border-radius:.5rem;background:#2563eb;color:#fff;cursor:pointer}button[disabled]{opacity:.6}.wrong{color:#b91c1c;margin:.25rem 0 0}.trap{position:absolute;left:-9999px}.consent{font-size:.9rem;white-space:pre-wrap}:focus-visible{outline:2px solid #2563eb;outline-offset:2px}@media(prefers-color-scheme:dark){body{color:#e2e8f0;background:#0f172a}.wrong{color:#fca5a5}select option{color:#0f172a}}`

const TYPES: Partial<Record<FormField['kind'], string>> = { email: 'email', phone: 'tel', number: 'number', file: 'file' }
const AUTOCOMPLETE: Partial<Record<FormField['kind'], string>> = { name: 'name', email: 'email', phone: 'tel', company: 'organization' }

export interface Filled { values: Record<string, string>, told: Record<string, string>, wrong: Record<string, 'required' | 'invalid'>, notice: keyof typeof WORDS | null }

/** The form as a page that needs no script. With one it sends its height to the page that shows it, and works out its proof. */
export function formPage(form: RecordData, questions: FormField[], token: string, { values, told, wrong, notice }: Filled): string {
  const say = (key: keyof typeof WORDS): string => e(textIn(WORDS[key], languageOf(form)))
  const problem = (key: string): string => (wrong[key] ? `<p class="wrong" id="w_${e(key)}">${say(wrong[key])}</p>` : '')
  const attributes = ({ key, required }: FormField): string => `id="f_${e(key)}" name="${e(key)}"${required ? ' required' : ''}${wrong[key] ? ` aria-invalid="true" aria-describedby="w_${e(key)}"` : ''}`
  const field = (question: FormField): string => {
    const { key, kind, label, required, options = [] } = question
    const value = values[key] ?? ''
    const name = `${e(label)}${required ? ' *' : ''}`
    if (kind === 'checkbox') return `<label class="check"><input type="checkbox" ${attributes(question)} value="1"${value ? ' checked' : ''}>${name}</label>${problem(key)}`
    const input = kind === 'message' ? `<textarea ${attributes(question)} maxlength="20000">${e(value)}</textarea>`
      : kind === 'select' ? `<select ${attributes(question)}><option value=""></option>${options.map((one) => `<option${one === value ? ' selected' : ''}>${e(one)}</option>`).join('')}</select>`
        : `<input ${attributes(question)} type="${TYPES[kind] ?? 'text'}"${kind === 'file' ? ' multiple' : ` maxlength="2000" value="${e(value)}"`}${AUTOCOMPLETE[kind] ? ` autocomplete="${AUTOCOMPLETE[kind]}"` : ''}${kind === 'number' ? ' step="any"' : ''}>`
    return `<label for="f_${e(key)}">${name}</label>${input}${problem(key)}`
  }
  const consent = form.consentText ? `<label class="check"><input type="checkbox" name="_consent" value="1" required${values._consent ? ' checked' : ''}><span class="consent">${e(form.consentText)}</span></label>${problem('_consent')}` : ''
  const hidden = TOLD.map((name) => (told[name] ? `<input type="hidden" name="_${name}" value="${e(told[name])}">` : '')).join('')
  return shell(form, `${form.heading ? `<h1>${e(form.heading)}</h1>` : ''}${form.intro ? `<p class="consent">${e(form.intro)}</p>` : ''}${notice ? `<p class="wrong" role="alert">${say(notice)}</p>` : ''}${form.proofOfWork ? `<noscript><p class="wrong" role="alert">${say('script')}</p></noscript>` : ''}
<form method="post" enctype="multipart/form-data" data-proof="${form.proofOfWork ? e(token) : ''}">${questions.map(field).join('')}${consent}
<div class="trap" aria-hidden="true"><label>${say('trap')}<input name="${TRAP}" tabindex="-1" autocomplete="off"></label></div>
<input type="hidden" name="_token" value="${e(token)}"><input type="hidden" name="_proof" value="">${hidden}<button>${form.button ? e(form.button) : say('send')}</button></form>`)
}

export function thanksPage(form: RecordData): string {
  return shell(form, `<p role="status" class="consent">${e(form.thanks || textIn(WORDS.thanks, languageOf(form)))}</p>`)
}

export function noticePage(form: RecordData, notice: keyof typeof WORDS): string {
  return shell(form, `<p class="wrong" role="alert">${e(textIn(WORDS[notice], languageOf(form)))}</p>`)
}

function shell(form: RecordData, body: string): string {
  return `<!doctype html><html lang="${languageOf(form)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${e(form.heading || form.name)}</title><style>${STYLE}</style><script src="/plugins/messengers/form-page.js" defer></script></head><body><main>${body}</main></body></html>`
}

/** It runs nothing but its own script, and is shown only on the sites named. */
export function pageHeaders(form: RecordData): Record<string, string> {
  const origins = originsOf(form.origins) ?? []
  const after = form.thanksUrl ? ` ${new URL(String(form.thanksUrl)).origin}` : ''
  return {
    'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'referrer-policy': 'strict-origin-when-cross-origin', 'cross-origin-resource-policy': 'cross-origin',
    'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; form-action 'self'${after}; base-uri 'none'; frame-ancestors ${origins.length ? `'self' ${origins.join(' ')}` : '*'}`,
  }
}
