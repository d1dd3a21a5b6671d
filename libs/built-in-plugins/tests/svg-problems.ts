const SHAPES: ReadonlySet<string> = new Set([
  'svg',
  'g',
  'path',
  'rect',
  'circle',
  'ellipse',
  'line',
  'polyline',
  'polygon',
  'title',
]);
const TAG = /<(\/?)([A-Za-z][A-Za-z0-9:-]*)((?:\s+[A-Za-z][A-Za-z0-9:-]*="[^"<&]*")*)\s*(\/?)>/g;

/** What is wrong with an icon: it has to be well-formed, 24 by 24, in the color of the text, and nothing but shapes. */
export const svgProblems = (text: string): string[] => {
  const problems: string[] = [];
  const open: string[] = [];
  let rest = text;
  for (const [tag, slash, name = '', attributes = '', selfClosing] of text.matchAll(TAG)) {
    rest = rest.replace(tag, '');
    if (!SHAPES.has(name)) problems.push(`<${name}> is no shape`);
    if (/\s(?:on[a-z]+|href|xlink:href|style|src)=/i.test(attributes))
      problems.push(`<${name}> has a script, a style or a link`);
    if (slash === '/') {
      if (open.pop() !== name) problems.push(`</${name}> closes nothing`);
    } else if (selfClosing !== '/') open.push(name);
  }
  if (open.length > 0) problems.push(`<${open.join('> <')}> is not closed`);
  if (/[<>&]/.test(rest)) problems.push('it is not well-formed');
  if (!/^<svg [^>]*viewBox="0 0 24 24"/.test(text)) problems.push('it is not 24 by 24');
  if (!text.includes('currentColor')) problems.push('it has a color of its own');
  return problems;
};
