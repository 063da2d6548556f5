// Whose rows a query may see. Every query takes one; it is made from a verified credential, never from a request.

declare const fromCredential: unique symbol

export type TenantScope = { readonly tenant: string; readonly [fromCredential]: true }

/** Call this only with the tenant of a verified credential. */
export const tenantScope = (tenant: string): TenantScope => ({ tenant }) as TenantScope

/** Of who may see several tenants' rows at once: at least one. */
export type TenantScopes = readonly [TenantScope, ...TenantScope[]]
