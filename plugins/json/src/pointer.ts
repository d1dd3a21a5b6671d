import { refusedInput } from '@ia-modules/bounded-work';

const MAX_TOKENS = 100;

/**
 * Reads a JSON Pointer (RFC 6901) as its parts.
 * @throws PluginError `IA_PLUGIN_INPUT`
 */
export const readPointer = (pointer: string): string[] => {
  if (pointer === '') return [];
  const parts = pointer.split('/');
  if (parts[0] !== '' || parts.length > MAX_TOKENS || /~(?![01])/.test(pointer)) {
    throw refusedInput(`"${pointer.slice(0, 100)}" is no JSON Pointer.`, 'Write it as in /lines/0/sku.');
  }
  return parts.slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
};

/** Adds a part to a pointer. */
export const extendPointer = (pointer: string, part: string | number): string =>
  `${pointer}/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`;
