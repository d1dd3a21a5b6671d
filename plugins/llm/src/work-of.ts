import type { Completion } from './complete.ts';

/** What steps tell of the model’s work. */
export const workOf = ({ model, tokens, costUsd }: Completion) => ({
  model,
  usage: { input_tokens: tokens.input, output_tokens: tokens.output, cached_input_tokens: tokens.cached },
  cost_usd: costUsd,
});
