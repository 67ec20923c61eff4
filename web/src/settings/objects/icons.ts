/** Icons to choose from for an object of one's own. */
export const ICONS: readonly string[] = [
  'box', 'package', 'truck', 'car', 'wrench', 'hammer', 'house', 'building', 'store', 'factory', 'briefcase', 'file-text', 'folder', 'calendar', 'phone', 'mail',
  'message-square', 'users', 'user-round', 'heart', 'star', 'flag', 'map-pin', 'globe', 'credit-card', 'wallet', 'receipt', 'tag', 'ticket', 'graduation-cap',
  'stethoscope', 'leaf', 'plane', 'camera', 'monitor', 'key-round',
]

/**
 * Icons that the core's own objects have. The build bundles icons that it finds written out; any other one is read from
 * our server.
 */
export const BUILT_IN_ICONS: readonly string[] = ['i-lucide-shopping-cart', 'i-lucide-building-2', 'i-lucide-contact', 'i-lucide-package', 'i-lucide-user', 'i-lucide-users', 'i-lucide-square']
