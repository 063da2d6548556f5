// Every role: one file, one line here. They start in this order and stop in the opposite one.

import type { Role } from './role.ts'

/** Roles by name; each loads its rooms when it starts. */
export const roles = {
  archiver: {
    about:
      'archives the log and reconciles it with its archive, keeps time, purges, makes and drops partitions',
    start: async (platform) => (await import('./archiver.ts')).startArchiverRole(platform),
  },
  projector: {
    about: 'folds the log into tables',
    start: async (platform) => (await import('./projector.ts')).startProjector(platform),
  },
  alerter: {
    about: 'judges what is measured, and tells people',
    start: async (platform) => (await import('./alerter.ts')).startAlerterRole(platform),
  },
  api: {
    about: 'serves HTTP API and interface',
    start: async (platform) => (await import('./api.ts')).startApiRole(platform),
  },
  ingest: {
    about: 'takes frames from agents into the log',
    start: async (platform) => (await import('./ingest.ts')).startIngestRole(platform),
  },
  agent: {
    about: 'measures this machine and sends it to a SecuMon',
    start: async (platform) => (await import('./agent.ts')).startAgentRole(platform),
  },
} satisfies Record<string, Role>

export type RoleName = keyof typeof roles

export const roleNames = Object.keys(roles) as RoleName[]

/** What `all` means: everything but the agent, which is somebody's own. */
export const serverRoles: readonly RoleName[] = roleNames.filter((name) => name !== 'agent')
