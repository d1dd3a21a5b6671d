import { SaxesParser, type SaxesTagPlain } from 'saxes';
import type { Finding } from '../finding.ts';

const MAX_CHARS = 50_000;
/** What runs code, or brings in a document of others. */
const REFUSED_ELEMENTS: ReadonlySet<string> = new Set([
  'script',
  'foreignobject',
  'iframe',
  'embed',
  'object',
  'image',
  'animate',
  'set',
]);

/** Whether an icon is an SVG that shows itself and does nothing else. */
export const checkIcon = (file: string, text: string): readonly Finding[] => {
  const findings: Finding[] = [];
  const parser = new SaxesParser();
  const tell = (message: string): void => {
    findings.push({
      severity: 'error',
      rule: 'icon',
      file,
      line: parser.line,
      column: parser.column + 1,
      message,
    });
  };
  if (text.length > MAX_CHARS) {
    return [{ severity: 'error', rule: 'icon', file, message: `is longer than ${MAX_CHARS} characters` }];
  }
  let depth = 0;
  parser.on('error', (error) => tell(`is no XML: ${error.message.replace(/^\d+:\d+: /, '')}`));
  parser.on('doctype', () => tell('has a document type, which may name files'));
  parser.on('processinginstruction', () => tell('has a processing instruction, which may name files'));
  parser.on('opentag', (tag) => {
    const name = tag.name.toLowerCase();
    if (depth++ === 0 && name !== 'svg') tell(`begins with <${name}>, not with <svg>`);
    if (REFUSED_ELEMENTS.has(name)) tell(`has <${name}>, which an icon may not have`);
    for (const problem of attributeProblems(tag)) tell(problem);
  });
  parser.on('closetag', () => depth--);
  parser.write(text).close();
  return findings;
};

const attributeProblems = ({ attributes }: SaxesTagPlain): readonly string[] =>
  Object.entries(attributes).flatMap(([name, value]) => {
    if (/^on/i.test(name)) return [`has the attribute ${name}, which runs code`];
    if (/(?:^|:)href$/i.test(name) && !value.startsWith('#')) return [`refers to ${name} outside of itself`];
    return /url\(\s*['"]?(?!#)/i.test(value) ? [`refers to a URL in ${name}`] : [];
  });
