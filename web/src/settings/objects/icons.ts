/** Icons to choose from for an object of one's own; named in full below so that the build brings them along. */
export const ICONS: readonly string[] = [
  'box', 'package', 'truck', 'car', 'wrench', 'hammer', 'house', 'building', 'store', 'factory', 'briefcase', 'file-text', 'folder', 'calendar', 'phone', 'mail',
  'message-square', 'users', 'user-round', 'heart', 'star', 'flag', 'map-pin', 'globe', 'credit-card', 'wallet', 'receipt', 'tag', 'ticket', 'graduation-cap',
  'stethoscope', 'leaf', 'plane', 'camera', 'monitor', 'key-round',
]
