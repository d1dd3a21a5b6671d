import type { PluginManifest } from '@ia-modules/plugin-sdk';

type Permissions = PluginManifest['permissions'];

/** What a version asks for that another one did not, and the other way round. */
export type PermissionChanges = {
  readonly addedNet: readonly string[];
  readonly removedNet: readonly string[];
  readonly addedSecrets: readonly string[];
  readonly removedSecrets: readonly string[];
  /** Whether it asks for stored bytes and the other one did not. */
  readonly addedBlobs: boolean;
  readonly removedBlobs: boolean;
};

const without = (list: readonly string[], other: readonly string[]): string[] =>
  list.filter((item) => !other.includes(item));

/** Manifests of earlier days do not know the permission. */
const hasBlobs = ({ blobs }: Partial<Permissions>): boolean => blobs === true;

export const comparePermissions = (before: Permissions, after: Permissions): PermissionChanges => ({
  addedNet: without(after.net, before.net),
  removedNet: without(before.net, after.net),
  addedSecrets: without(after.secrets, before.secrets),
  removedSecrets: without(before.secrets, after.secrets),
  addedBlobs: hasBlobs(after) && !hasBlobs(before),
  removedBlobs: hasBlobs(before) && !hasBlobs(after),
});

/** Whether a tenant has to agree to something that it was not asked before. */
export const isWidened = ({ addedNet, addedSecrets, addedBlobs }: PermissionChanges): boolean =>
  addedNet.length > 0 || addedSecrets.length > 0 || addedBlobs;
