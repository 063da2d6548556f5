// What an agent may be called and tagged: the rules the server holds too, told before it is asked.

const TAG = /^[\p{L}\p{N}_.:/-]{1,64}$/u
export const MAX_TAGS = 50
export const MAX_NAME_LENGTH = 253

export const isTag = (text: string): boolean => TAG.test(text)

export type AgentForm = { readonly name: string; readonly tags: string }
export type FormFaults = { readonly name: boolean; readonly tags: boolean }

/** Tags of a line, each once. */
export const tagsOf = (line: string): string[] => [
  ...new Set(line.split(/[\s,]+/).filter((tag) => tag !== '')),
]

export function faultsOf(form: AgentForm): FormFaults {
  const name = form.name.trim()
  const tags = tagsOf(form.tags)
  return {
    name: name.length === 0 || name.length > MAX_NAME_LENGTH,
    tags: tags.length > MAX_TAGS || !tags.every(isTag),
  }
}
