'use client';

import { useMutation } from '@apollo/client/react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { MutationFailureNotice } from '#src/api/mutation-failure.tsx';
import { useAttempt } from '#src/api/use-attempt.ts';
import { graphql } from '#src/gql/index.ts';
import { Button } from '#src/ui/button.tsx';
import { TextField } from '#src/ui/field.tsx';
import { proposeSlug } from './tenant-slug.ts';

const PortalCreateTenant = graphql(`
  mutation PortalCreateTenant($input: CreateTenantInput!) {
    createTenant(input: $input) {
      __typename
      ... on CreateTenantSuccess { tenant { id slug } }
      ... on Error { code message hint }
      ... on ValidationFailed { diagnostics { ...ShownDiagnostic } }
    }
  }
`);

export function NewTenantForm({ isFirst }: Readonly<{ isFirst: boolean }>) {
  const [name, setName] = useState('');
  const [ownSlug, setOwnSlug] = useState<string | null>(null);
  const slug = ownSlug ?? proposeSlug(name);
  const { create, isBusy, failure } = useCreateTenant();
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void create({ name: name.trim(), slug });
  };
  return (
    <form onSubmit={onSubmit} className="grid gap-4">
      <div>
        <h1 className="text-base font-semibold">{isFirst ? 'Create your first tenant' : 'New tenant'}</h1>
        <p className="mt-1 text-muted">Pipelines, runs, plugins and members live in a tenant, apart from all others.</p>
      </div>
      {failure !== null && <MutationFailureNotice title="Could not create the tenant" failure={failure} />}
      <TextField label="Name" value={name} onChange={(event) => setName(event.target.value)} required />
      <TextField
        label="Slug"
        value={slug}
        onChange={(event) => setOwnSlug(event.target.value)}
        hint="Part of its address and of its plugins' names. It never changes."
        className="font-mono"
        required
      />
      <Button type="submit" look="primary" isBusy={isBusy} className="mt-1 h-9 w-full">
        Create tenant
      </Button>
      {!isFirst && (
        <Link href="/" className="text-center text-muted hover:text-text">
          Cancel
        </Link>
      )}
    </form>
  );
}

function useCreateTenant() {
  const router = useRouter();
  const [send] = useMutation(PortalCreateTenant);
  const { attempt, isBusy, failure } = useAttempt();
  const create = (input: Readonly<{ name: string; slug: string }>) =>
    attempt(async () => {
      const { data } = await send({ variables: { input } });
      if (data?.createTenant.__typename !== 'CreateTenantSuccess') return data?.createTenant;
      router.push(`/t/${data.createTenant.tenant.slug}`);
      router.refresh();
      return 'leaving';
    });
  return { create, isBusy, failure };
}
