import { type Findings, finding } from '../findings.ts';
import { isStorableText } from '../refused-value.ts';

/** As `{{ secrets.NAME }}` reads it. Plugins can only ask for names of capitals, digits and `_`. */
const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const MAX_DESCRIPTION_CHARS = 1_000;
const MAX_VALUE_BYTES = 65_536;
/** What is shorter can not be masked where it shows up: it stands in ordinary texts, too. */
const MIN_VALUE_CHARS = 4;

export const checkSecretName = (name: string): Findings =>
  NAME.test(name)
    ? []
    : [
        finding(
          'name',
          'A name has 1 to 64 letters, digits, "_" and "-", and begins with a letter or "_".',
          'Write it as pipelines will: API_KEY is read by {{ secrets.API_KEY }}.',
        ),
      ];

export const checkSecretDescription = (description: string): Findings =>
  description.length <= MAX_DESCRIPTION_CHARS && isStorableText(description)
    ? []
    : [finding('description', `A description has at most ${MAX_DESCRIPTION_CHARS} characters of well-formed text.`)];

/** What is said of a value never quotes it. */
export const checkSecretValue = (value: string): Findings => {
  if (!value.isWellFormed()) return [finding('value', 'The value is no well-formed text.')];
  if (value.length < MIN_VALUE_CHARS) {
    const hint = 'What is shorter could not be masked in outputs and logs.';
    return [finding('value', `A value has at least ${MIN_VALUE_CHARS} characters.`, hint)];
  }
  return Buffer.byteLength(value) <= MAX_VALUE_BYTES
    ? []
    : [finding('value', `A value has at most ${MAX_VALUE_BYTES} bytes in UTF-8.`)];
};
