// Colours where the output is a terminal that wants them.

import { styleText } from 'node:util'

/** The text in a colour, or as it is. */
export const coloured = (colour: 'red' | 'green' | 'bold', text: string): string =>
  styleText(colour, text, { stream: process.stdout })
