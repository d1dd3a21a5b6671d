import { definePlugin } from '@ia-modules/plugin-sdk';
import { fileDelete } from './file-delete.ts';
import { fileExists } from './file-exists.ts';
import { fileInfo } from './file-info.ts';
import { fileList } from './file-list.ts';
import { fileMatches } from './file-matches.ts';
import { fileMove } from './file-move.ts';
import { fileRead } from './file-read.ts';
import { fileWrite } from './file-write.ts';

/** Its contributions are used as `file.<name>`. */
export const plugin = definePlugin({
  steps: [fileRead, fileWrite, fileList, fileDelete, fileMove, fileInfo],
  conditions: [fileExists, fileMatches],
});
