export { closedPort, listen, type LocalServer, type Seen, sendJson } from './listen.ts';
export { makeCertificate } from './make-certificate.ts';
export { createTestbed, type Testbed } from './testbed.ts';
