import { PACKAGE_LIMITS } from '@ia-modules/plugin-sdk';

/** How large a plugin may be. Each bound holds before the bytes behind it are read or parsed. */
export type TarballLimits = Readonly<{
  packedBytes: number;
  unpackedBytes: number;
  files: number;
  pathLength: number;
  packageJsonBytes: number;
  packageJsonDepth: number;
  readmeBytes: number;
  iconBytes: number;
}>;

const MEBIBYTE = 1024 * 1024;

export const TARBALL_LIMITS: TarballLimits = {
  ...PACKAGE_LIMITS,
  pathLength: 255,
  packageJsonBytes: MEBIBYTE / 4,
  packageJsonDepth: 64,
  readmeBytes: MEBIBYTE / 4,
};

/** A publish request carries the tarball in base64 next to the metadata of one version. */
export const MAX_REQUEST_BYTES = 16 * MEBIBYTE;
