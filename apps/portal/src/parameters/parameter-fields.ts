import { isRecord, type JsonRecord, parseJson, readList, readString } from '../definition/json-record.ts';

export type FieldKind = 'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'json';

/** One input of the form that a parameters schema describes; `initial` is the text it starts with. */
export type ParameterField = Readonly<{
  name: string;
  label: string;
  kind: FieldKind;
  isRequired: boolean;
  hint: string | null;
  initial: string;
  /** The values of a `choice`, as JSON texts. */
  choices: readonly string[];
}>;

export type ParameterReading =
  | Readonly<{ isValid: true; parameters: JsonRecord }>
  | Readonly<{ isValid: false; errors: ReadonlyMap<string, string> }>;

/** Reads the form's fields out of a JSON Schema; a property that no simple control fits is edited as JSON. */
export function parameterFields(schema: unknown): readonly ParameterField[] {
  const properties = isRecord(schema) && isRecord(schema['properties']) ? schema['properties'] : {};
  const required = new Set(readList(schema, 'required'));
  return Object.entries(properties).map(([name, property]) => toField(name, property, required.has(name)));
}

function toField(name: string, property: unknown, isRequired: boolean): ParameterField {
  const kind = fieldKind(property);
  const initialValue = isRecord(property) ? property['default'] : undefined;
  return {
    name,
    label: readString(property, 'title') ?? name,
    kind,
    isRequired,
    hint: readString(property, 'description'),
    initial: initialValue === undefined ? '' : printInput(kind, initialValue),
    choices: readList(property, 'enum').map((choice) => JSON.stringify(choice)),
  };
}

function fieldKind(property: unknown): FieldKind {
  if (readList(property, 'enum').length > 0) return 'choice';
  switch (readString(property, 'type')) {
    case 'string':
      return 'text';
    case 'number':
      return 'number';
    case 'integer':
      return 'integer';
    case 'boolean':
      return 'boolean';
    default:
      return 'json';
  }
}

const printInput = (kind: FieldKind, value: unknown): string =>
  kind === 'text' && typeof value === 'string' ? value : (JSON.stringify(value, null, kind === 'json' ? 2 : 0) ?? '');

/** Turns what was typed into parameters. An empty field is left out, so that the pipeline's own default applies. */
export function readParameters(
  fields: readonly ParameterField[],
  inputs: ReadonlyMap<string, string>,
): ParameterReading {
  const errors = new Map<string, string>();
  const entries: [string, unknown][] = [];
  for (const field of fields) {
    const text = inputs.get(field.name) ?? '';
    if (text.trim() === '') {
      if (field.isRequired) errors.set(field.name, `${field.label} is required.`);
      continue;
    }
    const value = readInput(field, text);
    if (value === undefined) errors.set(field.name, INPUT_ERRORS[field.kind]);
    else entries.push([field.name, value]);
  }
  if (errors.size > 0) return { isValid: false, errors };
  return { isValid: true, parameters: Object.fromEntries(entries) };
}

const INPUT_ERRORS: Readonly<Record<FieldKind, string>> = {
  text: 'Enter a text.',
  number: 'Enter a number, such as 0.8.',
  integer: 'Enter a whole number.',
  boolean: 'Choose yes or no.',
  choice: 'Choose one of the values.',
  json: 'Enter valid JSON, such as {"a": 1} or ["a"].',
};

function readInput({ kind }: ParameterField, text: string): unknown {
  if (kind === 'text') return text;
  const value = parseJson(text);
  if (kind === 'number' || kind === 'integer') {
    const isNumber = typeof value === 'number' && (kind === 'number' || Number.isInteger(value));
    return isNumber ? value : undefined;
  }
  return value;
}
