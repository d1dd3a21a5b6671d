import { definePlugin } from '@ia-modules/plugin-sdk';
import { redisDelete } from './redis-delete.ts';
import { redisExists } from './redis-exists.ts';
import { redisGet } from './redis-get.ts';
import { redisIncrement } from './redis-increment.ts';
import { redisPop } from './redis-pop.ts';
import { redisPublish } from './redis-publish.ts';
import { redisPush } from './redis-push.ts';
import { redisSet } from './redis-set.ts';
import { redisStreamAdd } from './redis-stream-add.ts';
import { redisStreamRead } from './redis-stream-read.ts';

/** Its contributions are used as `redis.<name>`. */
export const plugin = definePlugin({
  steps: [
    redisPush,
    redisPop,
    redisPublish,
    redisGet,
    redisSet,
    redisDelete,
    redisIncrement,
    redisStreamAdd,
    redisStreamRead,
  ],
  conditions: [redisExists],
});
