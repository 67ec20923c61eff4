import './main.css'
import { createApp } from 'vue'
import { addAPIProvider } from '@iconify/vue'
import urql from '@urql/vue'
import uiPlugin from '@nuxt/ui/vue-plugin'
import App from './App.vue'
import { loadSession } from './accounts/session.ts'
import { client } from './graphql/client.ts'
import { i18n, preferredLocale, setLocale } from './i18n/index.ts'
import { askForWebParts, loadWebParts } from './plugins/start.ts'
import { router } from './router.ts'

// Icons that an admin chose for an object are not in the bundle; they come from our own server, never from outside.
addAPIProvider('', { resources: [`${location.origin}/icons`] })

const app = createApp(App)
app.use(i18n)
app.use(urql, client)

askForWebParts()
await setLocale(preferredLocale())
await loadSession().catch(() => {})
loadWebParts(app)
app.use(router)
app.use(uiPlugin)
app.mount('#app')
