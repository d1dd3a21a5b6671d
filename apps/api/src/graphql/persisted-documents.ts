import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { GraphQLError } from 'graphql';
import { z } from 'zod';
import type { OperationParams } from './operation-params.ts';

const DOCUMENT_ID = /^sha256:([0-9a-f]{64})$/;

/** As graphql-codegen and other tools write it: `{"<sha256 in hex>": "<document>"}`. */
const manifest = z.record(z.string().regex(/^[0-9a-f]{64}$/), z.string());

export type PersistedConfig = {
  /** Manifests: JSON objects of hashes and documents. */
  readonly files: readonly string[];
  /** No other documents are accepted. */
  readonly isRequired: boolean;
};

export type PersistedDocuments = {
  /**
   * The text of the document that is asked for.
   * @throws GraphQLError IA_API_DOCUMENT when it is not known, or not one of those that are accepted
   */
  resolve(params: OperationParams): string;
};

const refused = (message: string, hint: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'IA_API_DOCUMENT', hint } });

const readManifest = (file: string): Readonly<Record<string, string>> => {
  const invalid = (reason: string, cause?: unknown): PlatformError =>
    new PlatformError({
      code: 'IA_CONFIG_INVALID',
      message: `The manifest ${file} ${reason}.`,
      hint: 'IA_PERSISTED_DOCUMENTS names JSON files that map the SHA-256 of each document to its text.',
      fault: 'infra',
      cause,
    });
  let documents: Readonly<Record<string, string>>;
  try {
    documents = manifest.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw invalid('can not be read', error);
  }
  for (const [hash, text] of Object.entries(documents)) {
    if (createHash('sha256').update(text).digest('hex') !== hash) throw invalid(`has another document under ${hash}`);
  }
  return documents;
};

/** Reads the manifests once, as the process starts. */
export const createPersistedDocuments = ({ files, isRequired }: PersistedConfig): PersistedDocuments => {
  const documents = new Map<string, string>();
  for (const file of files) for (const [hash, text] of Object.entries(readManifest(file))) documents.set(hash, text);
  const texts: ReadonlySet<string> = new Set(documents.values());

  return {
    resolve({ query, documentId }) {
      if (documentId === null) {
        if (query !== null && (!isRequired || texts.has(query))) return query;
        throw refused('Only persisted documents are accepted.', 'Send the `documentId` of one that the API knows.');
      }
      if (query !== null)
        throw refused('Both a document and its id were sent.', 'Send one of `query` and `documentId`.');
      const text = documents.get(DOCUMENT_ID.exec(documentId)?.[1] ?? '');
      if (text !== undefined) return text;
      throw refused(
        'There is no document with this id.',
        'An id is `sha256:` with the hash in 64 lower-case hex digits.',
      );
    },
  };
};
