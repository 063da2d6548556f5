// The tables of schema `vault`: credentials and keys. They never enter a log and no replay touches them.

import type { ColumnType } from 'kysely'
import type { Timestamp } from './platform-tables.ts'

export type UserRole = 'superadmin' | 'admin' | 'user' | 'readonly'

export type UsersTable = {
  /** ULID. */
  id: string
  tenant_id: string
  /** Of `A-Z a-z 0-9 . _ -`, unique in any case, across tenants; never mistaken for an e-mail. */
  username: string
  /** In lower case, unique across tenants. */
  email: string | null
  /** PHC string of argon2id. */
  password_hash: string
  role: UserRole
  created_at: Timestamp
  disabled: ColumnType<boolean, boolean | undefined, boolean>
}

export type SessionsTable = {
  /** SHA-256 of the session id; the id itself is only in the cookie. */
  id_hash: Buffer
  user_id: string
  created_at: Timestamp
  expires_at: Timestamp
}

export type RefreshTokensTable = {
  /** SHA-256 of the token. */
  hash: Buffer
  /** ULID of the login it descends from. */
  family: string
  user_id: string
  /** Hash of the token it was exchanged for. */
  parent: Buffer | null
  /** It was exchanged at least once. */
  used: ColumnType<boolean, boolean | undefined, boolean>
  /** Its successor was used, or a sibling: showing it again revokes the family. */
  dead: ColumnType<boolean, boolean | undefined, boolean>
  created_at: Timestamp
  expires_at: Timestamp
}

export type EnrolmentTokensTable = {
  /** SHA-256 of the token. */
  hash: Buffer
  tenant_id: string
  uses_left: number
  created_at: Timestamp
  expires_at: Timestamp
  note: string
}

export type EnrolmentsTable = {
  /** Ed25519, 32 bytes. */
  public_key: Buffer
  /** The agent's ULID as a UUID. */
  agent_id: string
  tenant_id: string
  token_hash: Buffer
  created_at: Timestamp
  /** Null until the events of the enrolment are in the log. */
  activated_at: ColumnType<number | null, Date | null, Date | null>
}

export type SecretsTable = {
  name: string
  /** Which master key sealed it. */
  key_id: string
  /** Nonce (12 bytes), AES-256-GCM ciphertext, tag (16 bytes). */
  value: Buffer
  created_at: ColumnType<number, Date | undefined, Date>
}

/** What a tenant's part of archive and log is encrypted with. A key is never removed: its row says what became of it. */
export type DataKeysTable = {
  /** ULID. */
  key_id: string
  tenant_id: string
  /** Which master key wrapped it; null when shredded. */
  master_key_id: string | null
  /** Nonce (12 bytes), AES-256-GCM ciphertext, tag (16 bytes); null when shredded. */
  wrapped: Buffer | null
  created_at: Timestamp
  /** Nothing new is encrypted with it since. */
  retired_at: ColumnType<number | null, Date | null, Date | null>
  shredded_at: ColumnType<number | null, Date | null | undefined, Date | null>
}

/** What a channel authenticates itself with, a row for each time that it was set. */
export type ChannelSecretsTable = {
  tenant_id: string
  /** ULID. */
  channel_id: string
  /** What the channel's event names as `secret_version`. */
  version: number
  /** Which secrets there are, for people; the values are sealed. */
  names: string[]
  /** The tenant's data key that sealed them: who shreds it makes them unreadable. */
  key_id: string
  /** Nonce (12 bytes), AES-256-GCM ciphertext, tag (16 bytes), of an object in JSON. */
  sealed: Buffer
  created_at: Timestamp
}

export type VaultTables = {
  'vault.users': UsersTable
  'vault.sessions': SessionsTable
  'vault.refresh_tokens': RefreshTokensTable
  'vault.enrolment_tokens': EnrolmentTokensTable
  'vault.enrolments': EnrolmentsTable
  'vault.secrets': SecretsTable
  'vault.data_keys': DataKeysTable
  'vault.channel_secrets': ChannelSecretsTable
}
