import type { ServerResponse } from 'node:http';
import type { ErrorCode } from '@ia-modules/plugin-sdk';

export type JsonError = {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
};

export const answerJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
};

/** An error before GraphQL has begun, in the shape that GraphQL clients read. */
export const answerError = (response: ServerResponse, { status, code, message, hint }: JsonError): void =>
  answerJson(response, status, { errors: [{ message, extensions: { code, hint } }] });
