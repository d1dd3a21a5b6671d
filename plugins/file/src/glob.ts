import { RE2JS } from 're2js';

/** Compiles `reports/**` + `/*.csv` to a test that takes linear time whatever the pattern: `*` and `?` stay within a folder, `**` does not. */
export const compileGlob = (pattern: string): ((path: string) => boolean) => {
  const parts = pattern.split(/(\*\*\/|\*\*|\*|\?)/).map((part) => WILDCARDS[part] ?? RE2JS.quote(part));
  const compiled = RE2JS.compile(`^(?s:${parts.join('')})$`);
  return (path) => compiled.matches(path);
};

const WILDCARDS: Readonly<Record<string, string>> = { '**/': '(?:[^/]+/)*', '**': '.*', '*': '[^/]*', '?': '[^/]' };
