import { existsSync } from 'node:fs';
import { describeAtOnce } from './describe-at-once.ts';
import { describeInSandbox } from './describe-in-sandbox.ts';

const HAS_BUBBLEWRAP = ['/usr/bin/bwrap', '/bin/bwrap', '/usr/sbin/bwrap', '/sbin/bwrap'].some((path) =>
  existsSync(path),
);

if (HAS_BUBBLEWRAP) describeInSandbox('a cage of bubblewrap', ['bubblewrap']);
describeInSandbox('a cage of unshare', ['unshare']);
describeAtOnce();
