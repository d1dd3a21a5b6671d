import type { Json } from '@ia-modules/plugin-sdk';

const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/;

export type ElementOptions = {
  readonly attribute_prefix: string;
  readonly text_key: string;
  readonly lists: readonly string[];
  readonly types: 'text' | 'infer';
  readonly strip_prefixes: boolean;
};

/** An element that is being read. */
export class XmlElement {
  readonly name: string;
  readonly #options: ElementOptions;
  readonly #fields = new Map<string, Json[]>();
  readonly #texts: string[] = [];

  constructor(name: string, options: ElementOptions) {
    this.#options = options;
    this.name = this.#shortened(name);
  }

  addAttribute(name: string, value: string): void {
    if (this.#options.strip_prefixes && (name === 'xmlns' || name.startsWith('xmlns:'))) return;
    this.#add(`${this.#options.attribute_prefix}${this.#shortened(name)}`, this.#typed(value));
  }

  addText(text: string): void {
    this.#texts.push(text);
  }

  addChild(element: XmlElement): void {
    this.#add(element.name, element.#toValue());
  }

  toObject(): Json {
    const { attribute_prefix: prefix, lists } = this.#options;
    const isList = (key: string, values: readonly Json[]): boolean =>
      values.length > 1 || (lists.includes(key) && (prefix === '' || !key.startsWith(prefix)));
    return Object.fromEntries(
      [...this.#fields].map(([key, values]) => [key, isList(key, values) ? values : (values[0] ?? null)]),
    );
  }

  /** An element with nothing but text is its text; white space between elements means nothing. */
  #toValue(): Json {
    const text = this.#texts.join('');
    if (this.#fields.size === 0) return this.#typed(text);
    if (text.trim() !== '') this.#add(this.#options.text_key, this.#typed(text.trim()));
    return this.toObject();
  }

  #add(key: string, value: Json): void {
    const known = this.#fields.get(key);
    if (known === undefined) this.#fields.set(key, [value]);
    else known.push(value);
  }

  #typed(text: string): Json {
    if (this.#options.types === 'text') return text;
    if (text === 'true' || text === 'false') return text === 'true';
    return NUMBER.test(text) ? Number(text) : text;
  }

  #shortened(name: string): string {
    return this.#options.strip_prefixes ? name.slice(name.indexOf(':') + 1) : name;
  }
}
