// What is done for one tenant at a time, so that what fails for one harms no other.

/** Does the work for a tenant. Whoever decides for many may answer undefined where it fails, or is left alone for now. */
export type Contain = <T>(tenant: string, work: () => T) => T | undefined

/** What fails, fails: for one who wants to see it. */
export const uncontained: Contain = (_tenant, work) => work()
