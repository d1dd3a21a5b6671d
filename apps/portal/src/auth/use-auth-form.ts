'use client';

import { type FormEvent, useState } from 'react';

type AuthAnswer<Data> = Readonly<{
  data: Data | null;
  /** Where OAuth says what an answer looks like, the text is the `error_description`. */
  error: Readonly<{ message?: string | undefined; error_description?: string | undefined; status: number }> | null;
}>;

type AuthForm<Data> = Readonly<{
  send: (form: FormData) => Promise<AuthAnswer<Data>>;
  /** What follows once the API agreed. The form stays busy when it answers true, as another page is on its way. */
  onDone: (data: Data | null, form: FormData) => boolean;
}>;

const UNREACHABLE = 'The API does not answer. Check that it runs, then try again.';

/** Submits an authentication form and says what came of it. */
export function useAuthForm<Data>({ send, onDone }: AuthForm<Data>) {
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);

  const submit = async (form: FormData) => {
    setIsBusy(true);
    setFailure(null);
    const answer = await send(form).catch(() => null);
    if (answer?.error === null) {
      if (!onDone(answer.data, form)) setIsBusy(false);
      return;
    }
    setFailure(describeFailure(answer));
    setIsBusy(false);
  };
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    // With the button that was pressed: some forms have two.
    const { submitter } = event.nativeEvent as SubmitEvent;
    void submit(new FormData(event.currentTarget, submitter));
  };
  return { onSubmit, isBusy, failure };
}

function describeFailure(answer: AuthAnswer<unknown> | null): string {
  const error = answer?.error;
  if (!error || error.status === 0) return UNREACHABLE;
  if (error.status === 429) return 'Too many attempts. Wait a minute, then try again.';
  return error.message ?? error.error_description ?? `The API refused with status ${error.status}.`;
}

/** Reads a text field of a form; a missing one is empty. */
export function readText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
