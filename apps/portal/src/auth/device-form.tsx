'use client';

import { useState } from 'react';
import { Button } from '#src/ui/button.tsx';
import { TextField } from '#src/ui/field.tsx';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { useAuthClient } from './auth-client.ts';
import { readText, useAuthForm } from './use-auth-form.ts';

type DeviceFormProps = Readonly<{ email: string; proposedCode: string }>;
type Answer = 'approved' | 'denied';

const answerOf = (form: FormData): Answer => (readText(form, 'answer') === 'denied' ? 'denied' : 'approved');

/** Lets a command line in that shows a code. Only somebody who started it just now should say yes. */
export function DeviceForm({ email, proposedCode }: DeviceFormProps) {
  const auth = useAuthClient();
  const [answer, setAnswer] = useState<Answer | null>(null);
  const { onSubmit, isBusy, failure } = useAuthForm<object>({
    send: async (form) => {
      const userCode = readText(form, 'code').trim().toUpperCase();
      const known = await auth.device({ query: { user_code: userCode } });
      if (known.error !== null) return known;
      return answerOf(form) === 'approved' ? auth.device.approve({ userCode }) : auth.device.deny({ userCode });
    },
    onDone: (_data, form) => {
      setAnswer(answerOf(form));
      return false;
    },
  });
  if (answer !== null) {
    return (
      <div role="status" className="grid gap-2">
        <h1 className="text-base font-semibold">{answer === 'approved' ? 'The command line is in' : 'Refused'}</h1>
        <p className="text-muted">
          {answer === 'approved'
            ? `It acts as ${email} from now on. You can close this page.`
            : 'Nobody was let in. You can close this page.'}
        </p>
      </div>
    );
  }
  return (
    <form onSubmit={onSubmit} method="post" className="grid gap-4">
      <div>
        <h1 className="text-base font-semibold">Let a command line in</h1>
        <p className="mt-1 text-muted">
          It will act as {email}. Approve only when you started it yourself just now and it shows this very code.
        </p>
      </div>
      {failure !== null && <ErrorNotice title="Could not answer" message={failure} />}
      <TextField
        label="Code"
        name="code"
        defaultValue={proposedCode}
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        className="font-mono tracking-widest uppercase"
        required
      />
      <div className="grid grid-cols-2 gap-2">
        <Button type="submit" look="danger" name="answer" value="denied" disabled={isBusy}>
          Refuse
        </Button>
        <Button type="submit" look="primary" name="answer" value="approved" isBusy={isBusy}>
          Approve
        </Button>
      </div>
    </form>
  );
}
