import { PluginError } from '@ia-modules/plugin-sdk';
import { type HostFrame, PROTOCOL_LIMITS, type RequestError } from '@ia-modules/plugin-sdk/protocol';
import { violation } from '../protocol/violation.ts';

export type ByteSource = {
  /** What it keeps in memory until it is read. */
  readonly heldBytes: number;
  /** Null at the end. */
  readonly next: () => Promise<Uint8Array | null>;
  readonly cancel: (reason?: unknown) => void;
};

/** Sends a body piece by piece, each when the guest asked for it: what it does not read stays at its source. */
export type PieceSender = {
  /** @throws PlatformError when the guest asks for too much ahead. */
  readonly pull: () => void;
  readonly cancel: () => void;
  /** Cancels it, and tells the guest that there is no more. */
  readonly giveUp: () => void;
};

export type PieceSenderInit = {
  readonly source: ByteSource;
  readonly send: (piece: Pick<Extract<HostFrame, { type: 'chunk' }>, 'data' | 'isLast' | 'error'>) => void;
  readonly describe: (error: unknown) => RequestError;
  /** Called once, after the last piece or a failure. */
  readonly onEnd: () => void;
};

export const createPieceSender = ({ source, send, describe, onEnd }: PieceSenderInit): PieceSender => {
  const state = { asked: 0, isSending: false, isOver: false, rest: new Uint8Array() as Uint8Array };

  const end = (): void => {
    if (state.isOver) return;
    state.isOver = true;
    onEnd();
  };

  const nextPiece = async (): Promise<Uint8Array | null> => {
    while (state.rest.length === 0) {
      const chunk = await source.next();
      if (chunk === null) return null;
      state.rest = chunk;
    }
    const piece = state.rest.subarray(0, PROTOCOL_LIMITS.chunkBytes);
    state.rest = state.rest.subarray(piece.length);
    return piece;
  };

  const sendNext = async (): Promise<void> => {
    try {
      const piece = await nextPiece();
      if (state.isOver) return;
      send({ data: piece === null ? '' : base64Of(piece), isLast: piece === null });
      if (piece === null) end();
    } catch (error) {
      if (!state.isOver) send({ data: '', isLast: true, error: describe(error) });
      end();
    }
  };

  const sendAsked = async (): Promise<void> => {
    state.isSending = true;
    while (state.asked > 0 && !state.isOver) {
      await sendNext();
      state.asked--;
    }
    state.isSending = false;
  };

  return {
    pull: () => {
      if (state.isOver) return;
      if (++state.asked > PROTOCOL_LIMITS.pullsAhead) throw violation(11);
      if (!state.isSending) void sendAsked();
    },
    cancel: () => {
      source.cancel();
      end();
    },
    giveUp: () => {
      source.cancel();
      send({ data: '', isLast: true, error: describe(unread()) });
      end();
    },
  };
};

const unread = (): PluginError =>
  new PluginError({ code: 'IA_PLUGIN_LIMIT', message: 'Too many bodies were left unread: this one was given up.' });

const base64Of = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** Reads a web stream as the host gets it from `fetch`. */
export const sourceOfStream = (stream: ReadableStream<Uint8Array>): ByteSource => {
  const reader = stream.getReader();
  return {
    heldBytes: 0,
    next: async () => {
      const { value, done } = await reader.read();
      return done ? null : value;
    },
    cancel: (reason) => void reader.cancel(reason).catch(() => {}),
  };
};

export const sourceOfBytes = (bytes: Uint8Array): ByteSource => {
  let left: Uint8Array | null = bytes;
  return {
    heldBytes: bytes.byteLength,
    next: async () => {
      const given = left;
      left = null;
      return given;
    },
    cancel: () => {
      left = null;
    },
  };
};
