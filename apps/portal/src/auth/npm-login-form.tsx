'use client';

import { useMutation } from '@apollo/client/react';
import { type FormEvent, useState } from 'react';
import { MutationFailureNotice } from '#src/api/mutation-failure.tsx';
import { useAttempt } from '#src/api/use-attempt.ts';
import { graphql } from '#src/gql/index.ts';
import { Button } from '#src/ui/button.tsx';
import { Field, INPUT_CLASSES, TextField } from '#src/ui/field.tsx';
import { ErrorNotice } from '#src/ui/notices.tsx';

const PortalConfirmNpmLogin = graphql(`
  mutation PortalConfirmNpmLogin($input: ConfirmNpmLoginInput!) {
    confirmNpmLogin(input: $input) {
      __typename
      ... on Error { code message hint }
    }
  }
`);

const PortalDenyNpmLogin = graphql(`
  mutation PortalDenyNpmLogin($code: String!) {
    denyNpmLogin(code: $code) {
      __typename
      ... on Error { code message hint }
    }
  }
`);

type NpmLoginFormProps = Readonly<{
  code: string;
  client: Readonly<{ clientName: string; clientAddress: string }>;
  email: string;
  /** Those in which the viewer may make tokens. */
  tenants: readonly Readonly<{ id: string; name: string }>[];
}>;
type Answer = 'confirmed' | 'denied';

/** Gives npm a token for one tenant. Only somebody who ran `npm login` just now should say yes. */
export function NpmLoginForm({ code, client, email, tenants }: NpmLoginFormProps) {
  const [tenantId, setTenantId] = useState(tenants[0]?.id ?? '');
  const { confirm, deny, isBusy, failure, answer } = useAnswer(code);
  if (answer !== null) return <Answered answer={answer} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void confirm(tenantId);
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      <div>
        <h1 className="text-base font-semibold">Let npm in</h1>
        <p className="mt-1 text-muted">
          For 90 days it reads the plugins of one tenant and publishes new ones there, as {email}. Approve only when you
          ran npm login yourself just now and your terminal shows this very code.
        </p>
      </div>
      <p className="text-center font-mono text-lg tracking-widest">{code}</p>
      <p className="text-xs text-muted">
        Asked by {client.clientName}, from {client.clientAddress}.
      </p>
      {failure !== null && <MutationFailureNotice title="Could not answer" failure={failure} />}
      {tenants.length === 0 ? (
        <ErrorNotice title="No tenant" message="There is no tenant in which you may make tokens." />
      ) : (
        <Field label="Tenant">
          {(ids) => (
            <select
              {...ids}
              value={tenantId}
              onChange={(event) => setTenantId(event.target.value)}
              className={INPUT_CLASSES}
            >
              {tenants.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <div className="grid grid-cols-2 gap-2">
        <Button look="danger" disabled={isBusy} onClick={() => void deny()}>
          Refuse
        </Button>
        <Button type="submit" look="primary" isBusy={isBusy} disabled={tenantId === ''}>
          Approve
        </Button>
      </div>
    </form>
  );
}

function useAnswer(code: string) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [sendConfirm] = useMutation(PortalConfirmNpmLogin);
  const [sendDeny] = useMutation(PortalDenyNpmLogin);
  const { attempt, isBusy, failure } = useAttempt();
  const confirm = (tenantId: string) =>
    attempt(async () => {
      const { data } = await sendConfirm({ variables: { input: { code, tenantId } } });
      if (data?.confirmNpmLogin.__typename !== 'ConfirmNpmLoginSuccess') return data?.confirmNpmLogin;
      setAnswer('confirmed');
      return undefined;
    });
  const deny = () =>
    attempt(async () => {
      const { data } = await sendDeny({ variables: { code } });
      if (data?.denyNpmLogin.__typename !== 'DenyNpmLoginSuccess') return data?.denyNpmLogin;
      setAnswer('denied');
      return undefined;
    });
  return { confirm, deny, isBusy, failure, answer };
}

function Answered({ answer }: Readonly<{ answer: Answer }>) {
  return (
    <div role="status" className="grid gap-2">
      <h1 className="text-base font-semibold">{answer === 'confirmed' ? 'npm is in' : 'Refused'}</h1>
      <p className="text-muted">
        {answer === 'confirmed'
          ? 'Your terminal goes on by itself. npm logout ends the token; you find it among the tokens of the tenant.'
          : 'npm got nothing. You can close this page.'}
      </p>
    </div>
  );
}

/** Asks for the code that the terminal shows. */
export function NpmLoginCodeForm({
  proposedCode,
  problem,
}: Readonly<{ proposedCode: string; problem: string | null }>) {
  return (
    <form method="get" action="/npm-login" className="grid gap-4">
      <h1 className="text-base font-semibold">Let npm in</h1>
      {problem !== null && <ErrorNotice title="Not found" message={problem} />}
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
      <Button type="submit" look="primary">
        Continue
      </Button>
    </form>
  );
}
