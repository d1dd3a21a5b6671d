/**
 * Puts text between `<!-- NAME:start -->` and `<!-- NAME:end -->`, so that a script rewrites its own figures and nothing
 * else of a document. Without the markers they are added at the end.
 */
export function replaceSection(document: string, name: string, text: string): string {
  const start = `<!-- ${name}:start -->`;
  const end = `<!-- ${name}:end -->`;
  const section = `${start}\n\n${text.trim()}\n\n${end}`;
  const from = document.indexOf(start);
  const to = document.indexOf(end);
  if (from === -1 || to < from) return `${document.trimEnd()}\n\n${section}\n`;
  return document.slice(0, from) + section + document.slice(to + end.length);
}
