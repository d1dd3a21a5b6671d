import { styleText } from 'node:util';

export type TextStyle = Parameters<typeof styleText>[0];

/** Where a command writes. A reader that goes away (`… | head`) is no error. */
export type Terminal = {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Colours for standard output; plain text when it is no terminal or NO_COLOR is set. */
  readonly style: (style: TextStyle, text: string) => string;
  readonly flush: () => Promise<void>;
};

export const createTerminal = (): Terminal => {
  const streams = [process.stdout, process.stderr];
  const closed = new Set<NodeJS.WriteStream>();
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      closed.add(stream);
    });
  }
  const writeTo = (stream: NodeJS.WriteStream, text: string): void => {
    if (!closed.has(stream)) stream.write(text);
  };
  return {
    write: (text) => writeTo(process.stdout, text),
    writeError: (text) => writeTo(process.stderr, text),
    style: (style, text) => styleText(style, text, { stream: process.stdout }),
    flush: async () => {
      await Promise.all(streams.map((stream) => drain(stream, closed.has(stream))));
    },
  };
};

const drain = (stream: NodeJS.WriteStream, isClosed: boolean): Promise<void> =>
  new Promise((resolve) => {
    if (isClosed || stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  });
