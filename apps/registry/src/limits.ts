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

/** Of the platform's own packages that are no plugins: what they need is bundled with them. */
export const PLATFORM_TARBALL_LIMITS: TarballLimits = { ...TARBALL_LIMITS, files: 5_000 };

/** Of a publish request's text: metadata, readme, and for `npm deprecate` all versions. */
const MAX_TEXT_BYTES = 16 * MEBIBYTE;

/** A publish request carries the tarball in base64 next to the metadata of one version. */
export const MAX_REQUEST_BYTES = Math.ceil(PACKAGE_LIMITS.packedBytes / 3) * 4 + 4 * MEBIBYTE;

export const BODY_LIMITS = { maxBytes: MAX_REQUEST_BYTES, maxTextBytes: MAX_TEXT_BYTES, maxHeldBytes: 128 * MEBIBYTE };
