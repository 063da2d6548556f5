// Why a key cannot be had. That it was shredded is an answer, not a fault.

/** The keys cannot be asked for now: no database, no store of secrets, or another master key. Try again later. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
}

/** The vault has never heard of the data key: it is older than what was sealed, or of another SecuMon. */
export class DataKeyUnknown extends Error {
  override readonly name = 'DataKeyUnknown'
  constructor(tenant: string, keyId: string) {
    super(
      `the vault has no data key ${keyId.slice(0, 40)} of tenant ${tenant}: it is older than what was sealed. ` +
        'Restore a newer vault; if there is none, see: secumon keys missing',
    )
  }
}
