import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as tlsConnect } from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { makeAuthority, type ServerCertificate } from '../../support/certificates.ts';
import { type Instance, startInstance } from '../../support/instance.ts';

let certificate: ServerCertificate;
let ca: string;
beforeAll(async () => {
  const authority = await makeAuthority();
  ca = authority.ca;
  certificate = await authority.issue(['cl-o.alice.test']);
});

async function serve(patience?: number): Promise<{ home: Instance; port: number }> {
  const home = await startInstance({ listener: { https: certificate, ...(patience !== undefined && { patience }) } });
  onTestFinished(() => {
    home.app.server.closeAllConnections();
    return home.close();
  });
  await home.app.listen({ host: '127.0.0.1', port: 0 });
  return { home, port: (home.app.server.address() as AddressInfo).port };
}

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

describe('a TLS handshake', () => {
  it.each([
    ['that never begins', Buffer.alloc(0)],
    // The head of a record with a ClientHello that doesn't come.
    ['that stops in its first message', Buffer.from('160301020001', 'hex')],
  ])('%s ends the connection', async (_, bytes) => {
    const { port } = await serve(200);
    const socket = open(port);
    await once(socket, 'connect');
    if (bytes.length > 0) socket.write(bytes);
    await once(socket.resume(), 'close');
    expect(socket.destroyed).toBe(true);
  });

  it('in time is followed by an answer, also while others don’t end theirs', async () => {
    const { port } = await serve();
    const silent = open(port);
    await once(silent, 'connect');
    const socket = tlsConnect({ port, host: '127.0.0.1', servername: 'cl-o.alice.test', ca });
    socket.write('GET /api/me HTTP/1.1\r\nHost: cl-o.alice.test\r\nConnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /);
    expect(silent.destroyed).toBe(false);
    silent.destroy();
  });
});
