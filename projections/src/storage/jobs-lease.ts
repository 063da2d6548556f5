// The name of the lease under which the jobs of the storage are done.

/** Under it one process does the jobs. */
export const JOBS_LEASE = 'storage-jobs'
