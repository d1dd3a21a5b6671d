'use client';

import { useMutation } from '@apollo/client/react';
import { type FormEvent, useState } from 'react';
import { type MutationFailure, MutationFailureNotice } from '#src/api/mutation-failure.tsx';
import { useAttempt } from '#src/api/use-attempt.ts';
import { graphql } from '#src/gql/index.ts';
import type { CreateApiTokenInput, TokenScope } from '#src/gql/graphql.ts';
import { useTenant } from '#src/shell/tenant-context.tsx';
import { Button } from '#src/ui/button.tsx';
import { CopyButton } from '#src/ui/copy-button.tsx';
import { Dialog, DialogBody, DialogFooter } from '#src/ui/dialog.tsx';
import { Field, INPUT_CLASSES, TextField } from '#src/ui/field.tsx';
import { describeScope, TOKEN_SCOPES } from './token-scopes.ts';

const PortalCreateApiToken = graphql(`
  mutation PortalCreateApiToken($input: CreateApiTokenInput!) {
    createApiToken(input: $input) {
      __typename
      ... on CreateApiTokenSuccess { token apiToken { id } }
      ... on Error { code message hint }
      ... on ValidationFailed { diagnostics { ...ShownDiagnostic } }
    }
  }
`);

const DAY_MS = 86_400_000;
const LIFETIMES = [
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: 365, label: 'One year' },
] as const;

type CreateTokenDialogProps = Readonly<{
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  onCreated: () => void;
}>;

/** Creates a token and shows it, the only time that anyone can see it. */
export function CreateTokenDialog({ isOpen, onOpenChange, onCreated }: CreateTokenDialogProps) {
  const { create, isBusy, failure, token, forget } = useCreateToken(onCreated);
  const change = (next: boolean) => {
    if (!next) forget();
    onOpenChange(next);
  };
  return (
    <Dialog isOpen={isOpen} onOpenChange={change} title={token === null ? 'Create token' : 'Your new token'}>
      {token === null ? (
        <TokenForm isBusy={isBusy} failure={failure} onCreate={(input) => void create(input)} />
      ) : (
        <NewToken token={token} onDone={() => change(false)} />
      )}
    </Dialog>
  );
}

type NewTokenInput = Omit<CreateApiTokenInput, 'tenantId'>;

function useCreateToken(onCreated: () => void) {
  const { id: tenantId } = useTenant();
  const [send] = useMutation(PortalCreateApiToken, { fetchPolicy: 'no-cache' });
  const { attempt, isBusy, failure, forget: forgetFailure } = useAttempt();
  const [token, setToken] = useState<string | null>(null);
  const create = (input: NewTokenInput) =>
    attempt(async () => {
      const { data } = await send({ variables: { input: { ...input, tenantId } } });
      if (data?.createApiToken.__typename !== 'CreateApiTokenSuccess') return data?.createApiToken;
      setToken(data.createApiToken.token);
      onCreated();
      return undefined;
    });
  const forget = () => {
    setToken(null);
    forgetFailure();
  };
  return { create, isBusy, failure, token, forget };
}

const toggled = (scopes: ReadonlySet<TokenScope>, scope: TokenScope): ReadonlySet<TokenScope> =>
  new Set(TOKEN_SCOPES.filter((other) => scopes.has(other) !== (other === scope)));

type TokenFormProps = Readonly<{
  isBusy: boolean;
  failure: MutationFailure | null;
  onCreate: (input: NewTokenInput) => void;
}>;

function TokenForm({ isBusy, failure, onCreate }: TokenFormProps) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<ReadonlySet<TokenScope>>(new Set());
  const [lifetimeDays, setLifetimeDays] = useState<number>(LIFETIMES[1].days);
  const toggle = (scope: TokenScope) => setScopes(toggled(scopes, scope));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const expiresAt = new Date(Date.now() + lifetimeDays * DAY_MS).toISOString();
    onCreate({ name: name.trim(), scopes: [...scopes], expiresAt });
  };
  return (
    <form onSubmit={submit} className="flex min-h-0 flex-col">
      <DialogBody>
        {failure !== null && <MutationFailureNotice title="Could not create the token" failure={failure} />}
        <TextField label="Name" value={name} onChange={(event) => setName(event.target.value)} required />
        <Field label="Expires after">
          {(ids) => (
            <select
              {...ids}
              value={lifetimeDays}
              onChange={(event) => setLifetimeDays(Number(event.target.value))}
              className={INPUT_CLASSES}
            >
              {LIFETIMES.map(({ days, label }) => (
                <option key={days} value={days}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
        <fieldset>
          <legend className="mb-2 font-medium">It may</legend>
          <div className="grid grid-cols-2 gap-x-4 gap-y-2 max-sm:grid-cols-1">
            {TOKEN_SCOPES.map((scope) => (
              <label key={scope} className="flex items-center gap-2">
                <input
                  type="checkbox"
                  checked={scopes.has(scope)}
                  onChange={() => toggle(scope)}
                  className="size-4 accent-accent"
                />
                {describeScope(scope)}
              </label>
            ))}
          </div>
        </fieldset>
      </DialogBody>
      <DialogFooter>
        <Button type="submit" look="primary" isBusy={isBusy} disabled={scopes.size === 0}>
          Create
        </Button>
      </DialogFooter>
    </form>
  );
}

function NewToken({ token, onDone }: Readonly<{ token: string; onDone: () => void }>) {
  return (
    <>
      <DialogBody>
        <p className="text-muted">Copy it now. It is stored only as a hash and is never shown again.</p>
        <div className="flex items-center gap-2 rounded-lg border border-line bg-sunken py-2 pr-2 pl-3">
          <code data-testid="new-token" className="min-w-0 flex-1 font-mono text-xs wrap-anywhere">
            {token}
          </code>
          <CopyButton text={token} label="Copy token" />
        </div>
      </DialogBody>
      <DialogFooter>
        <Button look="primary" onClick={onDone}>
          Done
        </Button>
      </DialogFooter>
    </>
  );
}
