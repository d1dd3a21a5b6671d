import type { Database } from '@ia-modules/database';
import type { Logger } from 'pino';
import type { RegistryConfig } from '../config.ts';
import { createFindLookAlikes } from './look-alikes.ts';
import { createPublishGate, type PublishGate } from './publish-gate.ts';
import { announceKey } from '../signing/registry-keys.ts';
import { createSelfTest, type SelfTest, selfTestProblem } from './self-test.ts';
import { loadSigningKey } from '../signing/signing.ts';

type Settings = Pick<RegistryConfig, 'signingKey' | 'selfTest'>;

/** Makes the gate with the registry's own key, whose public half is known from then on. */
export async function openGate(settings: Settings, pool: Database['pool'], log: Logger): Promise<PublishGate> {
  const signingKey = async () => {
    const key = await loadSigningKey(settings.signingKey);
    await announceKey(pool, key);
    return key;
  };
  await signingKey();
  const findLookAlikes = createFindLookAlikes(pool);
  return createPublishGate({ signingKey, findLookAlikes, selfTest: await selfTestOf(settings, log) });
}

/** Where plugins can't be tested, each publish is refused with the reason; the rest of the registry works. */
async function selfTestOf({ selfTest }: Settings, log: Logger): Promise<SelfTest | null> {
  if (selfTest === 'off') {
    log.warn('IA_REGISTRY_SELF_TEST is off: plugins are published untested');
    return null;
  }
  const problem = await selfTestProblem(selfTest);
  if (problem !== null) log.warn({ err: problem }, 'plugins can not be tested here, so that none can be published');
  return createSelfTest(selfTest);
}
