import { ref, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'
import { query, type WebProblem } from '@kartotek/sdk/web'

/** A text that the platform approved; `values` is how many places it has. */
export interface Template { name: string, language: string, text: string, values: number }

/** The templates of a channel; `problem` says why there are none where there may be some. */
export function useTemplates(channel: MaybeRefOrGetter<string | undefined>): { templates: Ref<Template[]>, problem: Ref<string> } {
  const templates = ref<Template[]>([])
  const problem = ref('')
  watch(() => toValue(channel), async (key) => {
    templates.value = []
    problem.value = ''
    if (!key) return
    try {
      const found = (await query<{ messengersTemplates: Template[] }>('query TalkTemplates($channel: String!) { messengersTemplates(channel: $channel) { name language text values } }', { channel: key })).messengersTemplates
      // Another one was chosen meanwhile.
      if (toValue(channel) === key) templates.value = found
    } catch (error) {
      // Who may not write at all has no use for them.
      if (toValue(channel) === key && (error as WebProblem).code === 'UNAVAILABLE') problem.value = (error as Error).message
    }
  }, { immediate: true })
  return { templates, problem }
}
