import { definePlugin } from '@ia-modules/plugin-sdk';
import { embeddingsCreate } from './embeddings-create.ts';
import { embeddingsIsSimilar } from './embeddings-is-similar.ts';
import { embeddingsSimilar } from './embeddings-similar.ts';

/** Used as `embeddings.<name>`. */
export const plugin = definePlugin({ steps: [embeddingsCreate, embeddingsSimilar], conditions: [embeddingsIsSimilar] });
