import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where the documented pipelines expect their service; the tests have it at a free port. */
const DOCUMENTED_ORIGIN = 'http://127.0.0.1:8080';

export type DocumentedService = {
  /** Puts the service's real address into a document. */
  readonly addressIn: (text: string) => string;
  /** Forgets the requests so far: `/busy-at-first` refuses the first two. */
  readonly reset: () => void;
  readonly close: () => void;
};

export const startDocumentedService = async (): Promise<DocumentedService> => {
  let requestCount = 0;
  const server = createServer(({ url = '', headers }, response) => {
    requestCount += 1;
    response.setHeader('content-type', 'application/json');
    if (url === '/rates') response.end('{"rate": 1.25}');
    else if (url === '/customer') response.end('{"name": "Ada"}');
    else if (url === '/echo') response.end(JSON.stringify({ authorization: headers.authorization }));
    else if (url === '/busy-at-first' && requestCount > 2) response.end('{"rate": 1.5}');
    else response.writeHead(url.startsWith('/busy') ? 503 : 404).end('{}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    addressIn: (text) => text.replaceAll(DOCUMENTED_ORIGIN, origin),
    reset: () => {
      requestCount = 0;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
