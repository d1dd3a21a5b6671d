import type { Duplex } from 'node:stream';
import { PluginError } from '@ia-modules/plugin-sdk';

/**
 * Lets a stream break when what listens to it throws: drivers throw at what they do not understand of a server, and nobody stands
 * above a stream who could catch it.
 *
 * @param check looks at what comes in before anybody else does, and throws at what nobody shall see
 */
export const containThrows = (stream: Duplex, check?: (chunk: Buffer) => void): void => {
  const emit = stream.emit.bind(stream);
  stream.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    try {
      if (event === 'data') check?.(values[0] as Buffer);
      return emit(event, ...values);
    } catch (error) {
      if (event === 'error') throw error;
      const isTold = error instanceof PluginError;
      stream.destroy(isTold ? error : new Error('What the server sent can not be read.', { cause: error }));
      return true;
    }
  };
};
