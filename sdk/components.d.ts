/**
 * The components of the app that templates of web parts may use by their names, without an import. Their types need `@nuxt/ui` among
 * the development dependencies of the plugin; without it they are unchecked.
 */
export interface AppComponents {
  /** The filter of an object's list, kept in the address and read by `useListFilter`; what stands in its slot stands beside the button. */
  RecordFilter: import('vue').DefineComponent<{ object: string }>
  UAccordion: typeof import('@nuxt/ui/components/Accordion.vue')['default']
  UAlert: typeof import('@nuxt/ui/components/Alert.vue')['default']
  UAvatar: typeof import('@nuxt/ui/components/Avatar.vue')['default']
  UAvatarGroup: typeof import('@nuxt/ui/components/AvatarGroup.vue')['default']
  UBadge: typeof import('@nuxt/ui/components/Badge.vue')['default']
  UBreadcrumb: typeof import('@nuxt/ui/components/Breadcrumb.vue')['default']
  UButton: typeof import('@nuxt/ui/components/Button.vue')['default']
  UCard: typeof import('@nuxt/ui/components/Card.vue')['default']
  UCheckbox: typeof import('@nuxt/ui/components/Checkbox.vue')['default']
  UCheckboxGroup: typeof import('@nuxt/ui/components/CheckboxGroup.vue')['default']
  UChip: typeof import('@nuxt/ui/components/Chip.vue')['default']
  UCollapsible: typeof import('@nuxt/ui/components/Collapsible.vue')['default']
  UDropdownMenu: typeof import('@nuxt/ui/components/DropdownMenu.vue')['default']
  UEmpty: typeof import('@nuxt/ui/components/Empty.vue')['default']
  UFieldGroup: typeof import('@nuxt/ui/components/FieldGroup.vue')['default']
  UForm: typeof import('@nuxt/ui/components/Form.vue')['default']
  UFormField: typeof import('@nuxt/ui/components/FormField.vue')['default']
  UIcon: typeof import('@nuxt/ui/components/Icon.vue')['default']
  UInput: typeof import('@nuxt/ui/components/Input.vue')['default']
  UInputNumber: typeof import('@nuxt/ui/components/InputNumber.vue')['default']
  UInputTags: typeof import('@nuxt/ui/components/InputTags.vue')['default']
  UKbd: typeof import('@nuxt/ui/components/Kbd.vue')['default']
  ULink: typeof import('@nuxt/ui/components/Link.vue')['default']
  UModal: typeof import('@nuxt/ui/components/Modal.vue')['default']
  UPagination: typeof import('@nuxt/ui/components/Pagination.vue')['default']
  UPopover: typeof import('@nuxt/ui/components/Popover.vue')['default']
  UProgress: typeof import('@nuxt/ui/components/Progress.vue')['default']
  URadioGroup: typeof import('@nuxt/ui/components/RadioGroup.vue')['default']
  USelect: typeof import('@nuxt/ui/components/Select.vue')['default']
  USelectMenu: typeof import('@nuxt/ui/components/SelectMenu.vue')['default']
  USeparator: typeof import('@nuxt/ui/components/Separator.vue')['default']
  USkeleton: typeof import('@nuxt/ui/components/Skeleton.vue')['default']
  USlideover: typeof import('@nuxt/ui/components/Slideover.vue')['default']
  USlider: typeof import('@nuxt/ui/components/Slider.vue')['default']
  UStepper: typeof import('@nuxt/ui/components/Stepper.vue')['default']
  USwitch: typeof import('@nuxt/ui/components/Switch.vue')['default']
  UTable: typeof import('@nuxt/ui/components/Table.vue')['default']
  UTabs: typeof import('@nuxt/ui/components/Tabs.vue')['default']
  UTextarea: typeof import('@nuxt/ui/components/Textarea.vue')['default']
  UTimeline: typeof import('@nuxt/ui/components/Timeline.vue')['default']
  UTooltip: typeof import('@nuxt/ui/components/Tooltip.vue')['default']
  UUser: typeof import('@nuxt/ui/components/User.vue')['default']
}

declare module 'vue' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it only gives them to templates
  interface GlobalComponents extends AppComponents {}
}
