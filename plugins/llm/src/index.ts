import { definePlugin } from '@ia-modules/plugin-sdk';
import { llmChat } from './llm-chat.ts';
import { llmClassify } from './llm-classify.ts';
import { llmExtract } from './llm-extract.ts';
import { llmJudge } from './llm-judge.ts';

/** Used as `llm.<name>`. */
export const plugin = definePlugin({ steps: [llmChat, llmExtract, llmClassify], conditions: [llmJudge] });
