import { createPace, overLimit, refusedInput } from '@ia-modules/bounded-work';
import { type Json, PlatformError, type PluginContext } from '@ia-modules/plugin-sdk';
import { SaxesParser } from 'saxes';
import { type ElementOptions, XmlElement } from './xml-element.ts';
import { MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT_CHARS } from './xml-names.ts';

const CHUNK_CHARS = 16_384;
const MAX_ATTRIBUTES = 200;

/**
 * Reads a well-formed document. Entities beyond the five of XML are unknown, as there is no DTD that could define them.
 * @throws PluginError `IA_PLUGIN_INPUT` with line and column, `IA_PLUGIN_LIMIT`
 */
export const parseXml = async (text: string, options: ElementOptions, ctx: PluginContext): Promise<Json> => {
  if (text.length > MAX_TEXT_CHARS) throw overLimit(`XML may have ${MAX_TEXT_CHARS} characters.`);
  const parser = new SaxesParser({ position: true });
  const root = new XmlElement('', options);
  const open: XmlElement[] = [root];
  let elements = 0;
  parser.on('error', (error) => {
    throw unreadable(error.message.replace(/^\d+:\d+: /, ''), parser);
  });
  parser.on('doctype', () => {
    throw unreadable('a document with a DTD is refused', parser);
  });
  parser.on('opentag', ({ name, attributes }) => {
    elements += 1;
    if (elements > MAX_ELEMENTS) throw overLimit(`XML may have ${MAX_ELEMENTS} elements.`);
    if (open.length > MAX_DEPTH) throw overLimit(`XML may be nested ${MAX_DEPTH} elements deep.`);
    const element = new XmlElement(name, options);
    const pairs = Object.entries(attributes);
    if (pairs.length > MAX_ATTRIBUTES) throw overLimit(`An element may have ${MAX_ATTRIBUTES} attributes.`);
    for (const [key, value] of pairs) element.addAttribute(key, value);
    open.push(element);
  });
  parser.on('text', (part) => open.at(-1)?.addText(part));
  parser.on('cdata', (part) => open.at(-1)?.addText(part));
  parser.on('closetag', () => {
    const element = open.pop();
    if (element !== undefined) open.at(-1)?.addChild(element);
  });
  const pace = createPace(ctx);
  for (let start = 0; start < text.length; start += CHUNK_CHARS) {
    write(parser, text.slice(start, start + CHUNK_CHARS));
    if (pace.isDue()) await pace.rest();
  }
  end(parser);
  return root.toObject();
};

const write = (parser: SaxesParser, part: string): void => {
  try {
    parser.write(part);
  } catch (error) {
    throw error instanceof PlatformError ? error : unreadable('it can not be read', parser);
  }
};

const end = (parser: SaxesParser): void => {
  parser.close();
};

const unreadable = (why: string, { line, column }: { readonly line: number; readonly column: number }) =>
  refusedInput(`The XML is not valid in line ${line}, column ${column}: ${why}.`, undefined, { line, column });
