// Texts in the markup of each service: whatever they hold, they are shown as they are.

/** HTML, in text and in quoted attributes; Telegram's subset takes the same. */
export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (character) => HTML[character] ?? character)

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Slack's mrkdwn: the three characters that its documentation names; `<` is what mentions and links begin with. */
export const escapeSlack = (text: string): string =>
  text.replaceAll(/[&<>]/g, (character) => HTML[character] ?? character)

/** Discord's Markdown, but within addresses, which a backslash would break. */
export const escapeDiscord = (text: string): string =>
  text
    .split(ADDRESS)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(/[\\*_~`|<>[\]]|^(?:#|-|\d+\.)(?= )/gm, '\\$&')))
    .join('')

const ADDRESS = /(https?:\/\/[^\s<>]+)/
