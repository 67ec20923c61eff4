import type { Localized } from './locale.ts'

/** A kind of thing that can happen to a record: a call, a parcel handed over. Entries of it are written as `timelineEntry`. */
export interface TimelineKind {
  /** As entries store it: `call`, `telephony-voicemail`. 1–60 characters; a plugin's begins with its id and a hyphen. */
  key: string
  label: Localized
  /** An icon name of the lucide set. */
  icon: string
  /** A colour name of the palette, as of options. */
  color: string
}
