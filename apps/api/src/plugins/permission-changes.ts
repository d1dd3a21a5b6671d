import type { PluginManifest } from '@ia-modules/plugin-sdk';

type Permissions = PluginManifest['permissions'];

/** What a version asks for that another one did not, and the other way round. */
export type PermissionChanges = {
  readonly addedNet: readonly string[];
  readonly removedNet: readonly string[];
  readonly addedSecrets: readonly string[];
  readonly removedSecrets: readonly string[];
};

const without = (list: readonly string[], other: readonly string[]): string[] =>
  list.filter((item) => !other.includes(item));

export const comparePermissions = (before: Permissions, after: Permissions): PermissionChanges => ({
  addedNet: without(after.net, before.net),
  removedNet: without(before.net, after.net),
  addedSecrets: without(after.secrets, before.secrets),
  removedSecrets: without(before.secrets, after.secrets),
});

/** Whether a tenant has to agree to something that it was not asked before. */
export const isWidened = ({ addedNet, addedSecrets }: PermissionChanges): boolean =>
  addedNet.length > 0 || addedSecrets.length > 0;
