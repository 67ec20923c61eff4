import type { Localized } from './locale.ts'

/** A way by which requests come in. Items of it are created as `intakeItem`. */
export interface IntakeChannel {
  /** As items store it: `call`, `telephony-voicemail`. 1–60 characters; a plugin's begins with its id and a hyphen. */
  key: string
  label: Localized
  /** An icon name of the lucide set. */
  icon: string
  /** A colour name of the palette, as of options. */
  color: string
}
