import { defineAsyncComponent, type Component } from 'vue'
import { useTexts } from './index.ts'

/** A part of a page that is fetched when it is first shown, with the texts that only it needs. */
export function withTexts<Part extends Component>(rooms: string[], load: () => Promise<{ default: Part }>): Part {
  return defineAsyncComponent(async () => {
    await useTexts(rooms)
    return load()
  })
}
