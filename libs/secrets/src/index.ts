export { secretKeyId, type SecretKeys } from './secret-keys.ts';
export { secretVersionOwner, webhookOwner } from './secret-owner.ts';
export { createSecretSealer, type SealedSecret, type SecretSealer } from './secret-sealer.ts';
