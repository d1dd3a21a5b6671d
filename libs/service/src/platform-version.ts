/** The version of the platform: what plugins name under `engines.platform`. */
export const PLATFORM_VERSION = '0.1.0';
