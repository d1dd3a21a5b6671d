import { existsSync } from 'node:fs';
import path from 'node:path';

/** Lists the links of a document that lead to no file of the repository; links to other sites are left alone. */
export function findDeadLinks(markdown: string, folder: string): string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^([a-z]+:|#)/.test(target))
    .filter((target) => !existsSync(path.join(folder, target.replace(/#.*$/, ''))))
    .map((target) => `the link to ${target} leads nowhere`);
}
