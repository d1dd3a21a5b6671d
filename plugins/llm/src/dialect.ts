import type { EventSourceMessage } from 'eventsource-parser';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import type { Answer, Chat, Tokens } from './chat.ts';
import { unreadableEvent } from './llm-errors.ts';
import type { ModelInput } from './model-fields.ts';

/** How a provider is spoken to. */
export type Dialect = {
  readonly baseUrl: string;
  /** The tenant's secret that holds a key, for where none can be written: conditions. */
  readonly keySecret: string;
  readonly path: string;
  readonly headers: (apiKey: string | undefined) => Readonly<Record<string, string>>;
  readonly body: (input: ModelInput, chat: Chat) => JsonObject;
  readonly createReader: (input: ModelInput) => AnswerReader;
};

/** Puts an answer together from the events of its stream. */
export type AnswerReader = {
  /**
   * Takes one event; gives the text that it adds.
   * @throws PluginError when the server reports an error in the midst of its answer
   */
  readonly take: (event: EventSourceMessage) => string;
  /** As known so far. Undefined as long as the server has not told. */
  readonly tokens: () => Tokens | undefined;
  /** Undefined as long as the answer is not complete. */
  readonly answer: () => Answer | undefined;
};

/** Arguments of a call arrive as text, which a model may get wrong. */
export const parseArguments = (text: string): Json => {
  try {
    return JSON.parse(text === '' ? '{}' : text) as Json;
  } catch {
    return text;
  }
};

/** @throws PluginError `HttpBodyError` */
export const parseData = (data: string): unknown => {
  try {
    return JSON.parse(data);
  } catch (error) {
    throw unreadableEvent(error);
  }
};
