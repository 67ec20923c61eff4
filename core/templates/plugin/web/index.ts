import { defineWebPlugin } from '@kartotek/sdk/web'

export default defineWebPlugin({
  id: 'my-plugin',
  slots: {
    'record.tabs': [{ id: 'signals', title: 'tab', icon: 'i-lucide-radio', when: ({ record }) => record.object === 'client', component: () => import('./SignalsTab.vue') }],
  },
  messages: { en: () => import('./en.json'), fi: () => import('./fi.json'), ru: () => import('./ru.json'), uk: () => import('./uk.json') },
})
