import { type HostFrame, PROTOCOL_LIMITS, type RequestError } from '@ia-modules/plugin-sdk/protocol';
import { type ByteSource, createPieceSender, type PieceSender } from './piece-sender.ts';

/** The bodies of one call that its guest has not read to the end. */
export type OpenBodies = {
  readonly open: (requestId: number, source: ByteSource) => void;
  /** A body that has ended meanwhile has nothing to give. @throws PlatformError when too much is asked for ahead */
  readonly pull: (requestId: number) => void;
  readonly drop: (requestId: number) => void;
  readonly stop: () => void;
};

export type OpenBodiesInit = {
  readonly callId: number;
  readonly send: (frame: HostFrame) => void;
  readonly describe: (error: unknown) => RequestError;
};

/** Beyond, the oldest is given up: plugins that look at a status alone leave bodies behind. */
const MAX_OPEN_BODIES = 64;

export const createOpenBodies = ({ callId: id, send, describe }: OpenBodiesInit): OpenBodies => {
  const bodies = new Map<number, PieceSender>();
  const held = new Map<number, number>();
  const isTooMuch = (): boolean => {
    const heldBytes = [...held.values()].reduce((sum, bytes) => sum + bytes, 0);
    return bodies.size > MAX_OPEN_BODIES || (bodies.size > 1 && heldBytes > PROTOCOL_LIMITS.blobBytes);
  };
  return {
    open: (requestId, source) => {
      const body = createPieceSender({
        source,
        describe,
        send: (piece) => send({ type: 'chunk', id, requestId, ...piece }),
        onEnd: () => {
          bodies.delete(requestId);
          held.delete(requestId);
        },
      });
      bodies.set(requestId, body);
      held.set(requestId, source.heldBytes);
      while (isTooMuch()) bodies.values().next().value?.giveUp();
    },
    pull: (requestId) => bodies.get(requestId)?.pull(),
    drop: (requestId) => bodies.get(requestId)?.cancel(),
    stop: () => {
      for (const body of bodies.values()) body.cancel();
    },
  };
};
