// A small server of another kind, as a member of a sandbox: it publishes a profile, and reads that of a peer. It knows nothing of
// network files: it asks the sandbox's name server, trusts its authority (NODE_EXTRA_CA_CERTS), and connects to port 443.
// Usage, within `cloudillo sandbox exec --addresses … --member IDTAG=ADDRESS:443`: node foreign-server.mjs IDTAG ADDRESS PEER
import { generateKeyPairSync } from 'node:crypto';
import { promises as dns } from 'node:dns';
import { readFileSync } from 'node:fs';
import { createServer, get } from 'node:https';

const { SANDBOX_DIR, SANDBOX_DNS } = process.env;
const [idTag, address, peer] = process.argv.slice(2);

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const profile = { idTag, name: 'Carol', type: 'person', keys: [{ keyId: '260101', publicKey: spki }] };

const file = (name) => readFileSync(`${SANDBOX_DIR}/certs/${idTag}/${name}.pem`);
const server = createServer({ cert: file('cert'), key: file('key') }, (request, response) => {
  const found = request.url?.split('?')[0] === '/api/me';
  response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
  const error = { code: 'E-CORE-NOTFOUND', message: 'There is only a profile here' };
  response.end(JSON.stringify(found ? { data: profile } : { error }));
});

const resolver = new dns.Resolver();
resolver.setServers([SANDBOX_DNS]);
const lookup = (host, _options, callback) =>
  resolver.resolve4(host).then(
    (found) =>
      callback(
        null,
        found.map((each) => ({ address: each, family: 4 })),
      ),
    callback,
  );

server.listen(443, address, () => {
  get(`https://cl-o.${peer}/api/me`, { lookup }, async (response) => {
    const text = Buffer.concat(await response.toArray()).toString();
    process.stdout.write(`${idTag} reads the profile of ${JSON.parse(text).data.name}\n`);
  });
});
