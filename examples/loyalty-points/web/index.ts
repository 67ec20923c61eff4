import { defineWebPlugin } from '@kartotek/sdk/web'

/** A tab with the points of a client, and the way to spend them. */
export default defineWebPlugin({
  id: 'loyalty-points',
  slots: {
    'record.tabs': [{
      id: 'points', title: 'title', icon: 'i-lucide-gem', replaces: 'loyaltyEntries',
      when: ({ record }) => record.object === 'client',
      component: () => import('./PointsTab.vue'),
    }],
    'record.header.actions': [{
      id: 'spend',
      when: ({ record }, { can }) => record.object === 'client' && can('loyalty-points.spend'),
      component: () => import('./SpendButton.vue'),
    }],
  },
  messages: { en: () => import('./en.json'), fi: () => import('./fi.json'), ru: () => import('./ru.json'), uk: () => import('./uk.json') },
})
