// What is wrong with a script, for the person who wrote it, and where in the file it stands.

/** Lines and columns count from 1. */
export type Place = { readonly line: number; readonly column: number }

/** The script cannot be understood, or asks for what it does not have. */
export class TimelineFault extends Error {
  override readonly name = 'TimelineFault'
  readonly place: Place

  constructor(message: string, place: Place) {
    super(message)
    this.place = place
  }
}
