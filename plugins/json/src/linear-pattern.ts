import { RE2JS } from 're2js';

/** The first patterns of a query stay compiled while it runs; it has few. */
const patterns = new Map<string, RE2JS | undefined>();
const MAX_PATTERNS = 100;
const MAX_PATTERN_CHARS = 200;

/** An I-Regexp on RE2, in time linear to the text; a pattern that is none matches nothing, as RFC 9535 has it. */
export const matchesWhole = (text: string, pattern: string): boolean => compile(pattern)?.matches(text) ?? false;

/** Whether a part of the text matches. */
export const searches = (text: string, pattern: string): boolean => compile(pattern)?.matcher(text).find() ?? false;

/** Whether a pattern was compiled not long ago: those that were not cost more than their matching. */
export const isCompiled = (pattern: string): boolean => patterns.has(pattern);

const compile = (pattern: string): RE2JS | undefined => {
  if (patterns.has(pattern)) return patterns.get(pattern);
  if (patterns.size >= MAX_PATTERNS) patterns.clear();
  const compiled = pattern.length > MAX_PATTERN_CHARS ? undefined : tryCompile(pattern);
  patterns.set(pattern, compiled);
  return compiled;
};

const tryCompile = (pattern: string): RE2JS | undefined => {
  try {
    return RE2JS.compile(pattern);
  } catch {
    return undefined;
  }
};
