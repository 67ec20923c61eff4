import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import { useSession } from './accounts/session.ts'
import { whenSignedOut } from './graphql/client.ts'
import { useTexts } from './i18n/index.ts'
import { webPartLoaded } from './plugins/start.ts'
import { settingsPages } from './settings/pages.ts'
import { mayLeave } from './shell/unsaved.ts'

const authPages = [
  { path: '/setup', name: 'setup', component: () => import('./accounts/SetupPage.vue') },
  { path: '/sign-in', name: 'sign-in', component: () => import('./accounts/SignInPage.vue') },
  { path: '/reset-request', name: 'reset-request', component: () => import('./accounts/ResetRequestPage.vue') },
  { path: '/reset', name: 'reset', component: () => import('./accounts/NewPasswordPage.vue'), props: { kind: 'reset' } },
  { path: '/invitation', alias: '/accept-invitation', name: 'invitation', component: () => import('./accounts/NewPasswordPage.vue'), props: { kind: 'invitation' } },
].map(page => ({ ...page, meta: { open: true, texts: ['auth'] } }))

const settingsRoutes = [
  { path: '', redirect: () => settingsPages.find(page => !page.capability || useSession().can(page.capability))?.to ?? '/account' },
  { path: 'objects', component: () => import('./settings/objects/ObjectsPage.vue') },
  { path: 'objects/:name', component: () => import('./settings/objects/ObjectPage.vue'), props: true },
  { path: 'pipelines', component: () => import('./settings/pipelines/PipelinesPage.vue') },
  { path: 'pipelines/:id', component: () => import('./settings/pipelines/PipelinePage.vue'), props: true },
  { path: 'webhooks', component: () => import('./settings/webhooks/WebhooksPage.vue') },
  { path: 'automation', component: () => import('./settings/automation/AutomationPage.vue') },
  { path: 'automation/:id', component: () => import('./settings/automation/RulePage.vue'), props: (route: RouteLocationNormalized) => ({ id: route.params.id, recipe: route.query.recipe }) },
  { path: 'intake', component: () => import('./settings/intake/IntakePage.vue') },
  { path: 'working-time', component: () => import('./settings/working-time/WorkingTimePage.vue') },
  { path: 'users', component: () => import('./settings/users/UsersPage.vue'), meta: { texts: ['teams'] } },
  { path: 'hand-over', component: () => import('./handover/HandOverPage.vue') },
  { path: 'roles', component: () => import('./settings/roles/RolesPage.vue') },
  { path: 'privacy', component: () => import('./privacy/PrivacyPage.vue'), meta: { texts: ['privacy'] } },
  { path: 'company', component: () => import('./settings/company/CompanyPage.vue') },
  { path: 'imports', component: () => import('./exchange/ImportsPage.vue'), meta: { texts: ['exchange'] } },
  { path: 'imports/new', component: () => import('./exchange/ImportWizard.vue'), meta: { texts: ['exchange'] } },
  { path: 'imports/:id', component: () => import('./exchange/ImportPage.vue'), props: true, meta: { texts: ['exchange'] } },
  { path: 'bookkeeping', component: () => import('./settings/bookkeeping/BookkeepingPage.vue') },
  { path: 'plugins', component: () => import('./settings/plugins/PluginsPage.vue') },
  { path: 'changes', component: () => import('./settings/changes/ChangesPage.vue') },
  { path: 'access-log', component: () => import('./settings/access-log/AccessLogPage.vue'), meta: { texts: ['access_log'] } },
  { path: 'system', component: () => import('./settings/system/SystemPage.vue') },
  { path: 'x/:plugin/:page', component: () => import('./plugins/PluginSettings.vue'), props: true, beforeEnter: async (to: RouteLocationNormalized) => { await webPartLoaded(to.params.plugin) } },
]

async function pluginPage({ fullPath, params }: RouteLocationNormalized) {
  await webPartLoaded(params.plugin)
  return router.resolve(fullPath).name === 'plugin' ? true : fullPath
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    ...authPages,
    {
      path: '/', name: 'app', component: () => import('./shell/AppShell.vue'),
      children: [
        { path: '', name: 'home', component: () => import('./shell/HomePage.vue') },
        { path: 'account', name: 'account', component: () => import('./settings/account/AccountPage.vue'), meta: { texts: ['settings', 'auth', 'notifications', 'handover'] } },
        { path: 'settings', component: () => import('./settings/SettingsLayout.vue'), meta: { texts: ['settings', 'auth', 'automation', 'bookkeeping', 'webhooks', 'conditions', 'handover', 'installed'] }, children: settingsRoutes },
        { path: 'segments/:id?', name: 'segments', component: () => import('./segments/SegmentsPage.vue'), meta: { texts: ['segments', 'conditions', 'views'] } },
        { path: 'duplicates', name: 'duplicates', component: () => import('./duplicates/DuplicatesPage.vue'), meta: { texts: ['duplicates'] } },
        { path: 'reports', name: 'reports', component: () => import('./reports/ReportsPage.vue'), meta: { texts: ['reports', 'conditions'] } },
        { path: 'tasks/day', name: 'day', component: () => import('./tasks/DayPage.vue'), meta: { texts: ['approvals', 'day', 'handover'] } },
        { path: 'inbox/:id?', name: 'inbox', component: () => import('./inbox/InboxPage.vue'), props: true, meta: { texts: ['inbox'] } },
        // Pages of plugins; whoever comes before they are loaded waits for them.
        { path: 'x/:plugin/:path(.*)*', name: 'plugin', component: () => import('./shell/NotFound.vue'), beforeEnter: pluginPage },
        { path: ':plural', component: () => import('./records/ObjectView.vue'), props: route => ({ plural: route.params.plural, view: 'list' }) },
        { path: ':plural/board', component: () => import('./records/ObjectView.vue'), props: route => ({ plural: route.params.plural, view: 'board' }) },
        { path: ':plural/new', component: () => import('./records/ObjectView.vue'), props: route => ({ plural: route.params.plural, view: 'create' }) },
        { path: ':plural/:id', component: () => import('./records/ObjectView.vue'), props: route => ({ plural: route.params.plural, view: 'card', id: route.params.id }) },
        { path: ':path(.*)*', component: () => import('./shell/NotFound.vue') },
      ],
    },
  ],
})

declare module 'vue-router' {
  interface RouteMeta {
    /** Needs no sign-in. */
    open?: boolean
    /** Rooms whose texts the page needs, see `i18n`. */
    texts?: string[]
  }
}

// Conditions of a list in the address are no other place; another tab of a card is.
router.beforeEach((to, from) => to.meta.open || (to.path === from.path && to.query.tab === from.query.tab) || mayLeave())

router.beforeResolve(to => useTexts(to.matched.flatMap(route => route.meta.texts ?? [])))

router.beforeEach((to) => {
  const { status } = useSession()
  if (to.meta.open) return true
  if (status.value?.setupNeeded) return '/setup'
  return status.value?.signedIn === false ? { path: '/sign-in', query: to.fullPath === '/' ? {} : { to: to.fullPath } } : true
})

whenSignedOut(() => {
  if (router.currentRoute.value.meta.open) return
  location.assign(`/sign-in?to=${encodeURIComponent(router.currentRoute.value.fullPath)}`)
})
