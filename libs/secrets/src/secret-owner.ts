/** What a version of a secret is bound to: moved to another row, secret or tenant, it does not open. */
export const secretVersionOwner = ({
  tenantId,
  secretId,
  version,
}: Readonly<{ tenantId: string; secretId: string; version: number }>): string =>
  `secret:${tenantId}/${secretId}/${version}`;

/** What the secret of a webhook is bound to. */
export const webhookOwner = (webhookId: string): string => webhookId;
