import { PlatformError } from '@ia-modules/plugin-sdk';
import { RE2JS } from 're2js';

const MAX_PATTERN_CHARS = 512;
const MAX_CACHED_PATTERNS = 256;
const patterns = new Map<string, RE2JS>();

/**
 * Compiles a regular expression for RE2.
 * @throws PlatformError `IA_EXPRESSION_LIMIT`, or RE2's own error when the pattern is not valid
 */
export const compilePattern = (pattern: string): RE2JS => {
  const known = patterns.get(pattern);
  if (known) return known;
  if (pattern.length > MAX_PATTERN_CHARS) {
    throw new PlatformError({
      code: 'IA_EXPRESSION_LIMIT',
      message: `A regular expression may have ${MAX_PATTERN_CHARS} characters.`,
    });
  }
  const compiled = RE2JS.compile(pattern);
  if (patterns.size >= MAX_CACHED_PATTERNS) patterns.clear();
  patterns.set(pattern, compiled);
  return compiled;
};

/** Whether a text contains a match, in time linear to the text whatever the pattern (RE2). */
export const matchesPattern = (text: string, pattern: string): boolean => compilePattern(pattern).matcher(text).find();
