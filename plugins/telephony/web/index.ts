import { defineWebPlugin } from '@kartotek/sdk/web'

const CALLED = ['client', 'contact', 'order']

export default defineWebPlugin({
  id: 'telephony',
  slots: {
    'app.dock': [{ id: 'calls', component: () => import('./CallDock.vue') }],
    'record.header.actions': [{ id: 'call', when: ({ record }, { can }) => (record.object === 'client' || record.object === 'contact') && can('telephony.call.place'), component: () => import('./CallButton.vue') }],
    'record.tabs': [{ id: 'calls', title: 'calls', icon: 'i-lucide-phone', when: ({ record }) => CALLED.includes(record.object), component: () => import('./CallsTab.vue') }],
    'record.side': [{ id: 'recording', when: ({ record }, { can }) => record.object === 'call' && can('telephony.recording.listen'), component: () => import('./CallRecording.vue') }],
    'list.bulk.actions': [{ id: 'list', when: ({ object, condition }, { may }) => object === 'client' && condition.archived === 'ACTIVE' && may('callListItem', 'create') && may('callList', 'read'), component: () => import('./PutIntoList.vue') }],
    'timeline.item': [{ id: 'call', match: 'call', component: () => import('./CallItem.vue') }],
    'settings.page': [{ id: 'main', title: 'settings.title', icon: 'i-lucide-phone', when: (_, { can }) => can('plugins.manage'), component: () => import('./SettingsPage.vue') }],
  },
  pages: [
    { path: '', component: () => import('./CallLogPage.vue') },
    { path: 'lists', component: () => import('./CallListsPage.vue') },
    { path: 'lists/:id', component: () => import('./CallListPage.vue') },
  ],
  nav: [
    { label: 'log', icon: 'i-lucide-phone', replaces: ['call', 'missedCall'] },
    { label: 'lists.nav', icon: 'i-lucide-list-checks', path: 'lists', replaces: ['callList', 'callListItem'] },
  ],
  messages: { en: () => import('./en.json'), ru: () => import('./ru.json'), uk: () => import('./uk.json'), fi: () => import('./fi.json') },
})
