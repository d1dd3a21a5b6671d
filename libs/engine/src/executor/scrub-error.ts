import { PlatformError, type JsonObject } from '@ia-modules/plugin-sdk';
import type { SecretScrub } from './secret-scrub.ts';

/** A platform error without the secrets that stood in it; it keeps the name by which retry policies know it. */
class ScrubbedPlatformError extends PlatformError {
  override readonly name: string;

  constructor(error: PlatformError, { text, json }: SecretScrub) {
    const { code, message, hint, fault, disposition, details } = error;
    super({
      code,
      message: text(message),
      hint: hint === undefined ? undefined : text(hint),
      fault,
      disposition,
      details: details === undefined ? undefined : json(toJsonObject(details)),
    });
    this.name = error.name;
  }
}

/** A copy of whatever was thrown that is safe to record: secrets masked, and no cause, which nobody could look through. */
export const scrubError = (thrown: unknown, scrub: SecretScrub): unknown => {
  if (thrown instanceof PlatformError) return new ScrubbedPlatformError(thrown, scrub);
  if (thrown instanceof Error) {
    const copy = new Error(scrub.text(thrown.message));
    copy.name = scrub.text(thrown.name);
    const isFinal = 'retryable' in thrown && thrown.retryable === false;
    return isFinal ? Object.assign(copy, { retryable: false }) : copy;
  }
  return typeof thrown === 'string' ? scrub.text(thrown) : thrown;
};

const toJsonObject = (details: Readonly<Record<string, unknown>>): JsonObject => {
  try {
    return JSON.parse(JSON.stringify(details)) as JsonObject;
  } catch {
    return {};
  }
};
