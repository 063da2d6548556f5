// Where messages lead: pages of the interface.

/** @param publicUrl where people reach the interface, without a slash at its end */
export const pageLinks = (publicUrl: string) => ({
  alert: (id: string): string => `${publicUrl}/alerts/${id}`,
  incident: (id: string): string => `${publicUrl}/incidents/${id}`,
  /** Asks at once whether to acknowledge all of it. */
  acknowledge: (id: string): string => `${publicUrl}/incidents/${id}?acknowledge`,
  channel: (id: string): string => `${publicUrl}/channels/${id}`,
})
