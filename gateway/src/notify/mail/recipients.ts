// Who a mail goes to: several addresses in one text. An address has several spellings; who took a mail is known by any.

import { domainToASCII } from 'node:url'

export const MAX_RECIPIENTS = 50
/** Without comments, quotes and whatever else hides what an address is. */
export const ADDRESS = /^[^\s@<>,;:"()[\]\\]{1,64}@[^\s@<>,;:"()[\]\\]{1,255}$/

/** The addresses of a text that has them separated by commas or lines. */
export const recipients = (text: string): string[] =>
  text
    .split(/[,\n]/)
    .map((address) => address.trim())
    .filter((address) => address !== '')

/** Whether it is a list that a mail can go to. */
export const isListOfRecipients = (addresses: readonly string[]): boolean =>
  addresses.length >= 1 &&
  addresses.length <= MAX_RECIPIENTS &&
  addresses.every((address) => ADDRESS.test(address))

/** Those of the addresses that are not among the others. */
export function without(addresses: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others.map(canonical))
  return addresses.filter((address) => !known.has(canonical(address)))
}

function canonical(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  return `${address.slice(0, at)}@${domainToASCII(domain) || domain.toLowerCase()}`
}
