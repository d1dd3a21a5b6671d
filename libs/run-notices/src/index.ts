export { type Notice, noticeOf } from './notice.ts';
