import type { ShownDiagnosticFragment } from '#src/gql/graphql.ts';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { DiagnosticList } from './diagnostic-list.tsx';

/** A mutation that did not succeed: one of the schema's typed errors, or an API that did not answer. */
export type MutationFailure = Readonly<{
  message: string;
  hint?: string | null;
  diagnostics?: readonly ShownDiagnosticFragment[];
}>;

/** Turns what a thrown error says into words for a person. */
export const failureOf = (error: unknown): MutationFailure => ({
  message: error instanceof Error && error.message !== '' ? error.message : 'The API does not answer.',
});

export function MutationFailureNotice({ title, failure }: Readonly<{ title: string; failure: MutationFailure }>) {
  const diagnostics = failure.diagnostics ?? [];
  return (
    <div className="grid gap-3">
      <ErrorNotice title={title} message={failure.message} hint={failure.hint ?? null} />
      {diagnostics.length > 0 && (
        <div className="overflow-hidden rounded-lg border border-line bg-surface">
          <DiagnosticList diagnostics={diagnostics} />
        </div>
      )}
    </div>
  );
}
