/** How large the package of a plugin may be: the registry takes no larger one, and a worker unpacks none. */
export const PACKAGE_LIMITS = {
  packedBytes: 64 * 1024 * 1024,
  unpackedBytes: 128 * 1024 * 1024,
  files: 2_000,
  iconBytes: 32 * 1024,
} as const;

/** Scripts that npm runs on the machine of whoever installs a package: a plugin may have none. */
export const INSTALL_SCRIPTS: readonly string[] = ['preinstall', 'install', 'postinstall'];
