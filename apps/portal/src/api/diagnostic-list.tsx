import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import { graphql } from '#src/gql/index.ts';
import type { ShownDiagnosticFragment } from '#src/gql/graphql.ts';

// Declares the fragment that queries elsewhere spread.
graphql(`
  fragment ShownDiagnostic on Diagnostic {
    code
    severity
    path
    line
    column
    message
    hint
  }
`);

const ICONS = {
  error: <CircleAlert className="mt-0.5 size-4 shrink-0 text-failed" aria-label="Error" />,
  warning: <TriangleAlert className="mt-0.5 size-4 shrink-0 text-waiting" aria-label="Warning" />,
  info: <Info className="mt-0.5 size-4 shrink-0 text-running" aria-label="Info" />,
} as const;

/** Lists what the platform found wrong or worth knowing, with where it stands. */
export function DiagnosticList({ diagnostics }: Readonly<{ diagnostics: readonly ShownDiagnosticFragment[] }>) {
  return (
    <ul aria-label="Diagnostics" className="divide-y divide-line">
      {diagnostics.map((diagnostic) => (
        <li key={`${diagnostic.code}:${diagnostic.path}:${diagnostic.message}`} className="flex gap-2.5 px-4 py-2.5">
          {ICONS[diagnostic.severity]}
          <div className="min-w-0">
            <p className="wrap-anywhere">{diagnostic.message}</p>
            {diagnostic.hint && <p className="wrap-anywhere text-muted">{diagnostic.hint}</p>}
            <p className="mt-0.5 font-mono text-2xs wrap-anywhere text-faint">
              {[diagnostic.code, diagnostic.path, describePlace(diagnostic)].filter(Boolean).join(' · ')}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}

const describePlace = ({ line, column }: ShownDiagnosticFragment): string => (line ? `${line}:${column ?? 1}` : '');
