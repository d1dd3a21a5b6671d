import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed, makeCertificate } from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { plugin } from '../src/index.ts';

const { key, cert } = makeCertificate(10);
const server = createServer({ key, cert }, (_request, response) => void response.end('ok'));
let url: string;

beforeAll(async () => {
  server.listen(0, 'localhost');
  await once(server, 'listening');
  url = `https://localhost:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const check = (): JsonObject => ({ url, tries: 1, min_success_rate: 0 });

describe('api.check of an https address', () => {
  it('tells whom the certificate is for and how long it lasts', async () => {
    const connect = async (target: { readonly host: string; readonly port: number }) => {
      const socket = connectTls({ ...target, ca: cert, servername: target.host });
      await once(socket, 'secureConnect');
      return socket;
    };
    const testbed = createTestbed({ plugin, packageJson, connect });
    expect((await testbed.step('check', check()))['certificate']).toMatchObject({
      subject: 'localhost',
      issuer: 'localhost',
      days_left: 9,
    });
  });

  it('tells nothing of a certificate that nobody trusts', async () => {
    const testbed = createTestbed({ plugin, packageJson });
    expect(await testbed.step('check', check())).toMatchObject({ certificate: null, tries: [{ status: null }] });
  });
});
