// The languages that messages are told in.

export type Language = 'en' | 'fr'

/** The language of a channel; English where it names none that we speak. */
export const languageOf = (name: string): Language => (name === 'fr' ? 'fr' : 'en')
