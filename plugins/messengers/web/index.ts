import { defineWebPlugin } from '@kartotek/sdk/web'

export default defineWebPlugin({
  id: 'messengers',
  slots: {
    'record.tabs': [{ id: 'conversations', title: 'tab', icon: 'i-lucide-messages-square', replaces: 'conversations', when: ({ record }) => record.object === 'client' || record.object === 'contact', component: () => import('./RecordTab.vue') }],
    'record.composer': [{ id: 'write', title: 'compose.title', icon: 'i-lucide-messages-square', when: ({ record }, { may }) => (record.object === 'client' || record.object === 'contact') && may('message', 'create') && may('conversation', 'read'), component: () => import('./WriteHere.vue') }],
    'settings.page': [{ id: 'main', title: 'settings.title', icon: 'i-lucide-messages-square', component: () => import('./SettingsPanel.vue') }],
  },
  pages: [
    { path: '', component: () => import('./ConversationsPage.vue') },
    { path: 'forms', title: 'forms.title', component: () => import('./FormsPage.vue') },
    { path: ':id', component: () => import('./ConversationsPage.vue') },
  ],
  nav: [{ label: 'nav', icon: 'i-lucide-messages-square', replaces: ['conversation', 'message', 'webForm'] }],
  messages: { en: () => import('./en.json'), ru: () => import('./ru.json'), uk: () => import('./uk.json'), fi: () => import('./fi.json') },
})
