'use client';

import { ErrorNotice } from '#src/ui/notices.tsx';

export default function ErrorPage({
  error,
  reset,
}: Readonly<{ error: Error & { digest?: string }; reset: () => void }>) {
  return (
    <main className="mx-auto max-w-xl px-4 py-20">
      <ErrorNotice
        title="This page could not be shown"
        message="The server did not answer as expected. It may be starting: try again in a moment."
        {...(error.digest === undefined ? {} : { hint: `Reference ${error.digest}` })}
        onRetry={reset}
      />
    </main>
  );
}
