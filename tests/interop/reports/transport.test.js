'use strict';
// The way to a receiver, judged by Node's own TLS server and by a proxy: preemptctl sends what preemptd would.
const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const os = require('node:os');
const path = require('node:path');
const { execFile, execFileSync } = require('node:child_process');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'transport-'));
test.after(() => fs.rmSync(folder, { recursive: true }));
const at = (name) => path.join(folder, name);
const openssl = (...words) => execFileSync('openssl', words, { stdio: 'ignore' });

/** A certificate for `names` from the private authority in ca.pem. */
function certificate(name, names) {
  if (!fs.existsSync(at('ca.pem'))) {
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=our own');
  }
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`), '-subj', '/CN=receiver');
  fs.writeFileSync(at(`${name}.ext`), `subjectAltName=${names}\n`);
  openssl('x509', '-req', '-in', at(`${name}.csr`), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2',
    '-extfile', at(`${name}.ext`), '-out', at(`${name}.pem`));
  return { key: fs.readFileSync(at(`${name}.key`)), cert: fs.readFileSync(at(`${name}.pem`)) };
}

async function listening(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server.address().port;
}

/** A receiver that counts, and stops with the test. */
async function receiver(t, answer = (response) => response.writeHead(204).end(), tls = null) {
  const seen = { requests: 0 };
  const handler = (request, response) => {
    seen.requests += 1;
    request.resume().on('end', () => answer(response));
  };
  const server = tls ? https.createServer(tls, handler) : http.createServer(handler);
  server.on('tlsClientError', () => {});
  t.after(() => server.close().closeAllConnections());
  seen.port = await listening(server);
  return seen;
}

/** What `preemptctl report test` says of a webhook with these settings. */
function sent(settings, environment = {}) {
  fs.writeFileSync(at('preemptd.toml'), `[paths]\nrun = "${folder}"\nstate = "${folder}"\n[sink.ops]\ntype = "webhook"\ntimeout = "5s"\n${settings}\n`);
  return new Promise((resolve) => {
    execFile(process.env.PREEMPTCTL, ['report', 'test', 'ops', '--json', '--config', at('preemptd.toml')],
      { env: { PATH: process.env.PATH, ...environment } }, (_, out) => resolve(JSON.parse(out).sinks[0]));
  });
}

test('a certificate of an unknown authority is refused, with its ca_file it is taken', async (t) => {
  const seen = await receiver(t, undefined, certificate('good', 'DNS:localhost,IP:127.0.0.1'));
  const refused = await sent(`url = "https://localhost:${seen.port}/"`);
  assert.strictEqual(refused.result, 'retry');
  assert.match(refused.detail, /certificate/i);
  assert.strictEqual(seen.requests, 0);
  const taken = await sent(`url = "https://localhost:${seen.port}/"\nca_file = "${at('ca.pem')}"`);
  assert.deepStrictEqual([taken.result, seen.requests], ['delivered', 1]);
});

test("a certificate for another name is refused, whoever signed it; so is any when the ca_file is missing", async (t) => {
  const seen = await receiver(t, undefined, certificate('other', 'DNS:other.example'));
  for (const file of [at('ca.pem'), at('missing.pem')]) {
    const outcome = await sent(`url = "https://localhost:${seen.port}/"\nca_file = "${file}"`);
    assert.strictEqual(outcome.result, 'retry', outcome.detail);
  }
  assert.strictEqual(seen.requests, 0);
});

test('the environment names no proxy, the configuration does', async (t) => {
  const seen = await receiver(t);
  const proxy = { requests: 0 };
  const server = http.createServer((request, response) => {
    proxy.requests += 1;
    const { hostname, port, pathname } = new URL(request.url);
    request.pipe(http.request({ hostname, port, path: pathname, method: request.method, headers: request.headers },
      (inner) => response.writeHead(inner.statusCode) && inner.pipe(response)));
  });
  server.on('connect', (_, socket) => socket.end('HTTP/1.1 500 no\r\n\r\n'));
  t.after(() => server.close().closeAllConnections());
  const address = `http://127.0.0.1:${await listening(server)}`;
  const environment = { http_proxy: address, HTTP_PROXY: address, https_proxy: address, all_proxy: address };
  assert.strictEqual((await sent(`url = "http://127.0.0.1:${seen.port}/"`, environment)).result, 'delivered');
  assert.strictEqual(proxy.requests, 0);
  assert.strictEqual((await sent(`url = "http://127.0.0.1:${seen.port}/"\nproxy = "${address}"`)).result, 'delivered');
  assert.deepStrictEqual([proxy.requests, seen.requests], [1, 2]);
});

test('a redirect is followed nowhere', async (t) => {
  const elsewhere = await receiver(t);
  const seen = await receiver(t, (response) => response.writeHead(307, { Location: `http://127.0.0.1:${elsewhere.port}/` }).end());
  const outcome = await sent(`url = "http://127.0.0.1:${seen.port}/"`);
  assert.match(outcome.detail, /HTTP 307/);
  assert.deepStrictEqual([seen.requests, elsewhere.requests], [1, 0]);
});
