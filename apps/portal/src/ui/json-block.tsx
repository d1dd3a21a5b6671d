import { CopyButton } from './copy-button.tsx';

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Longer texts are cut, so that one huge output can't freeze the page. */
const MAX_CHARACTERS = 60_000;

/** Shows a JSON value, indented and coloured. */
export function JsonBlock({ value, label }: Readonly<{ value: unknown; label: string }>) {
  const text = JSON.stringify(value, null, 2) ?? 'null';
  const shown = text.slice(0, MAX_CHARACTERS);
  return (
    <section aria-label={label} className="relative rounded-lg border border-line bg-sunken">
      <div className="absolute top-1 right-1">
        <CopyButton text={text} label={`Copy ${label.toLowerCase()}`} />
      </div>
      <pre
        tabIndex={0}
        className="max-h-96 overflow-auto p-3 pr-10 font-mono text-xs leading-5 whitespace-pre-wrap wrap-anywhere"
      >
        {colourTokens(shown)}
        {shown.length < text.length && '\n…'}
      </pre>
    </section>
  );
}

function colourTokens(text: string) {
  const parts: React.ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    parts.push(text.slice(end, match.index));
    const [token, string, colon] = match;
    parts.push(
      <span key={match.index} className={tokenColour(string !== undefined, colon !== undefined)}>
        {token}
      </span>,
    );
    end = match.index + token.length;
  }
  parts.push(text.slice(end));
  return parts;
}

function tokenColour(isString: boolean, isKey: boolean): string {
  if (isKey) return 'text-text';
  return isString ? 'text-succeeded' : 'text-accent-text';
}
