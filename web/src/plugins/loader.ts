import type { Router } from 'vue-router'
import { i18n } from '../i18n/index.ts'
import { registry, type WebPlugin, type WebPluginContext } from '../sdk/web.ts'

interface PluginEntry { id: string, entry: string, css?: string[] }

function loadStyle(href: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href })
    link.onload = () => resolve()
    link.onerror = () => reject(new Error(`The style ${href} did not load.`))
    document.head.append(link)
  })
}

function contextOf(id: string, router: Router): WebPluginContext {
  return {
    id,
    slot(name, item) {
      const others = (registry.slots.get(name) ?? []).filter(other => other.plugin !== id || other.id !== item.id)
      registry.slots.set(name, [...others, { plugin: id, order: 100, ...item }].sort((a, b) => a.order - b.order))
      registry.version++
    },
    route(route) { router.addRoute('app', { ...route, path: `/x/${id}${route.path === '/' ? '' : route.path}` }) },
    menu(item) {
      const others = registry.menu.filter(other => other.plugin !== id || other.to !== item.to)
      registry.menu = [...others, { plugin: id, ...item, to: `/x/${id}${item.to}` }]
    },
    messages(locale, messages) { i18n.global.mergeLocaleMessage(locale, { [id]: messages } as never) },
  }
}

/** Loads the web parts of the server's plugins. One that fails is reported and leaves the others working. */
export async function loadPlugins(router: Router): Promise<string[]> {
  const answer = await fetch('/plugins/index.json').catch(() => null)
  if (!answer?.ok || !answer.headers.get('content-type')?.includes('json')) return []
  const entries = await answer.json() as PluginEntry[]
  const results = await Promise.allSettled(entries.map(async (entry) => {
    await Promise.all((entry.css ?? []).map(loadStyle))
    const module = await import(/* @vite-ignore */ entry.entry) as { default: WebPlugin }
    await module.default.setup(contextOf(entry.id, router))
  }))
  return entries.filter((_entry, index) => results[index]?.status === 'rejected').map(entry => entry.id)
}
