'use client';

import { useQuery } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { parseJson } from '#src/definition/json-record.ts';
import { graphql } from '#src/gql/index.ts';
import type { ShownDiagnosticFragment } from '#src/gql/graphql.ts';
import { useTenant } from '#src/shell/tenant-context.tsx';

const PortalValidatePipeline = graphql(`
  query PortalValidatePipeline($tenantId: ID!, $source: String!) {
    validatePipeline(tenantId: $tenantId, source: $source) {
      valid
      diagnostics { ...ShownDiagnostic }
    }
  }
`);

const TYPING_PAUSE_MS = 300;

/** `drawn` is the last definition that was well-formed JSON; `isValid` is null while the API is asked. */
export type PipelineDraft = Readonly<{
  source: string;
  drawn: unknown;
  isValid: boolean | null;
  diagnostics: readonly ShownDiagnosticFragment[];
}>;

/** Holds a definition while it is typed, and has the API check it at each pause. */
export function usePipelineDraft(initialSource: string) {
  const { id: tenantId } = useTenant();
  const [source, setSource] = useState(initialSource);
  const [drawn, setDrawn] = useState(() => parseJson(initialSource));
  const settled = useSettled(source);
  const { data, previousData, loading } = useQuery(PortalValidatePipeline, {
    variables: { tenantId, source: settled },
    fetchPolicy: 'no-cache',
  });
  const change = (next: string) => {
    setSource(next);
    const definition = parseJson(next);
    if (definition !== undefined) setDrawn(definition);
  };
  const validation = (data ?? previousData)?.validatePipeline;
  const isCurrent = !loading && settled === source;
  const draft: PipelineDraft = {
    source,
    drawn,
    isValid: isCurrent ? (validation?.valid ?? null) : null,
    diagnostics: validation?.diagnostics ?? [],
  };
  return { draft, change };
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
