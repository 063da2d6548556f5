// What this viewer likes: theme, language, rail. Kept in the browser; everything else stands in the address.

export type Theme = 'system' | 'dark' | 'light'
export type Language = 'en' | 'fr'

const KEY = 'secumon.preferences'
const DARK = matchMedia('(prefers-color-scheme: dark)')

type Stored = {
  theme?: Theme
  language?: Language
  railCollapsed?: boolean
  columns?: string
  alertColumns?: string
  alertSound?: boolean
  wrapLogs?: boolean
}

function stored(): Stored {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

const browserLanguage = (): Language => (navigator.language.toLowerCase().startsWith('fr') ? 'fr' : 'en')

class Preferences {
  readonly #first = stored()
  #theme = $state<Theme>(
    this.#first.theme === 'dark' || this.#first.theme === 'light' ? this.#first.theme : 'system',
  )
  #language = $state<Language>(
    this.#first.language === 'fr' || this.#first.language === 'en' ? this.#first.language : browserLanguage(),
  )
  #railCollapsed = $state(this.#first.railCollapsed === true)
  #columns = $state(this.#first.columns ?? '')
  #alertColumns = $state(this.#first.alertColumns ?? '')
  #alertSound = $state(this.#first.alertSound === true)
  #wrapLogs = $state(this.#first.wrapLogs === true)
  #systemDark = $state(DARK.matches)

  constructor() {
    DARK.addEventListener('change', () => {
      this.#systemDark = DARK.matches
      this.#show()
    })
    this.#show()
  }

  get theme(): Theme {
    return this.#theme
  }
  set theme(theme: Theme) {
    this.#theme = theme
    this.#keep()
  }
  /** The theme that is on screen. */
  get shownTheme(): 'dark' | 'light' {
    return this.#theme === 'system' ? (this.#systemDark ? 'dark' : 'light') : this.#theme
  }
  get language(): Language {
    return this.#language
  }
  set language(language: Language) {
    this.#language = language
    this.#keep()
  }
  get railCollapsed(): boolean {
    return this.#railCollapsed
  }
  set railCollapsed(collapsed: boolean) {
    this.#railCollapsed = collapsed
    this.#keep()
  }
  /** Columns of the fleet table last chosen, comma-separated; empty: the usual ones. */
  get columns(): string {
    return this.#columns
  }
  set columns(columns: string) {
    this.#columns = columns
    this.#keep()
  }

  /** The same of the alert list. */
  get alertColumns(): string {
    return this.#alertColumns
  }
  set alertColumns(columns: string) {
    this.#alertColumns = columns
    this.#keep()
  }

  /** Whether a new critical alert is heard. */
  get alertSound(): boolean {
    return this.#alertSound
  }
  set alertSound(sound: boolean) {
    this.#alertSound = sound
    this.#keep()
  }

  /** Whether long log lines take more than one row. */
  get wrapLogs(): boolean {
    return this.#wrapLogs
  }
  set wrapLogs(wrap: boolean) {
    this.#wrapLogs = wrap
    this.#keep()
  }

  #keep(): void {
    const value: Stored = {
      theme: this.#theme,
      language: this.#language,
      railCollapsed: this.#railCollapsed,
      columns: this.#columns,
      alertColumns: this.#alertColumns,
      alertSound: this.#alertSound,
      wrapLogs: this.#wrapLogs,
    }
    try {
      localStorage.setItem(KEY, JSON.stringify(value))
    } catch (error) {
      // Private windows may refuse storage; the choice then lasts as long as the page.
      if (!(error instanceof DOMException)) throw error
    }
    this.#show()
  }

  #show(): void {
    document.documentElement.dataset['theme'] = this.shownTheme
    document.documentElement.lang = this.#language
  }
}

export const preferences = new Preferences()
