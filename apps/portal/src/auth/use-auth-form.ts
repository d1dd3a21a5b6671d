'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';

type AuthAnswer = Readonly<{ error: Readonly<{ message?: string | undefined; status: number }> | null }>;

const UNREACHABLE = 'The API does not answer. Check that it runs, then try again.';

/** Submits an authentication form and goes home when the API agrees. */
export function useAuthForm(send: (form: FormData) => Promise<AuthAnswer>) {
  const router = useRouter();
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);

  const submit = async (form: FormData) => {
    setIsBusy(true);
    setFailure(null);
    const answer = await send(form).catch(() => null);
    if (answer?.error === null) {
      router.push('/');
      router.refresh();
      return;
    }
    setFailure(describeFailure(answer));
    setIsBusy(false);
  };
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void submit(new FormData(event.currentTarget));
  };
  return { onSubmit, isBusy, failure };
}

function describeFailure(answer: AuthAnswer | null): string {
  const error = answer?.error;
  if (!error || error.status === 0) return UNREACHABLE;
  if (error.status === 429) return 'Too many attempts. Wait a minute, then try again.';
  return error.message ?? `The API refused with status ${error.status}.`;
}

/** Reads a text field of a form; a missing one is empty. */
export function readText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
