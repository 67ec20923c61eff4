import { defineAsyncComponent, type App, type Component } from 'vue'
import type { AppComponents } from '@kartotek/sdk/components'

/** What templates of plugins may use by name. Each is fetched when one of them first does, unless the app has it already. */
const components: Record<keyof AppComponents, () => Promise<{ default: unknown }>> = {
  RecordFilter: () => import('../sdk/RecordFilter.vue'),
  UAccordion: () => import('@nuxt/ui/components/Accordion.vue'),
  UAlert: () => import('@nuxt/ui/components/Alert.vue'),
  UAvatar: () => import('@nuxt/ui/components/Avatar.vue'),
  UAvatarGroup: () => import('@nuxt/ui/components/AvatarGroup.vue'),
  UBadge: () => import('@nuxt/ui/components/Badge.vue'),
  UBreadcrumb: () => import('@nuxt/ui/components/Breadcrumb.vue'),
  UButton: () => import('@nuxt/ui/components/Button.vue'),
  UCard: () => import('@nuxt/ui/components/Card.vue'),
  UCheckbox: () => import('@nuxt/ui/components/Checkbox.vue'),
  UCheckboxGroup: () => import('@nuxt/ui/components/CheckboxGroup.vue'),
  UChip: () => import('@nuxt/ui/components/Chip.vue'),
  UCollapsible: () => import('@nuxt/ui/components/Collapsible.vue'),
  UDropdownMenu: () => import('@nuxt/ui/components/DropdownMenu.vue'),
  UEmpty: () => import('@nuxt/ui/components/Empty.vue'),
  UFieldGroup: () => import('@nuxt/ui/components/FieldGroup.vue'),
  UForm: () => import('@nuxt/ui/components/Form.vue'),
  UFormField: () => import('@nuxt/ui/components/FormField.vue'),
  UIcon: () => import('@nuxt/ui/components/Icon.vue'),
  UInput: () => import('@nuxt/ui/components/Input.vue'),
  UInputNumber: () => import('@nuxt/ui/components/InputNumber.vue'),
  UInputTags: () => import('@nuxt/ui/components/InputTags.vue'),
  UKbd: () => import('@nuxt/ui/components/Kbd.vue'),
  ULink: () => import('@nuxt/ui/components/Link.vue'),
  UModal: () => import('@nuxt/ui/components/Modal.vue'),
  UPagination: () => import('@nuxt/ui/components/Pagination.vue'),
  UPopover: () => import('@nuxt/ui/components/Popover.vue'),
  UProgress: () => import('@nuxt/ui/components/Progress.vue'),
  URadioGroup: () => import('@nuxt/ui/components/RadioGroup.vue'),
  USelect: () => import('@nuxt/ui/components/Select.vue'),
  USelectMenu: () => import('@nuxt/ui/components/SelectMenu.vue'),
  USeparator: () => import('@nuxt/ui/components/Separator.vue'),
  USkeleton: () => import('@nuxt/ui/components/Skeleton.vue'),
  USlideover: () => import('@nuxt/ui/components/Slideover.vue'),
  USlider: () => import('@nuxt/ui/components/Slider.vue'),
  UStepper: () => import('@nuxt/ui/components/Stepper.vue'),
  USwitch: () => import('@nuxt/ui/components/Switch.vue'),
  UTable: () => import('@nuxt/ui/components/Table.vue'),
  UTabs: () => import('@nuxt/ui/components/Tabs.vue'),
  UTextarea: () => import('@nuxt/ui/components/Textarea.vue'),
  UTimeline: () => import('@nuxt/ui/components/Timeline.vue'),
  UTooltip: () => import('@nuxt/ui/components/Tooltip.vue'),
  UUser: () => import('@nuxt/ui/components/User.vue'),
}

export function registerComponents(app: App): void {
  for (const [name, load] of Object.entries(components)) app.component(name, defineAsyncComponent(async () => (await load()).default as Component))
}
