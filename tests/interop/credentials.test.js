'use strict';
// The searches for credentials that tests/data holds are what the official SDK does: each is played to it again, with its
// HTTP requests answered in this process and its clock, nonces and chance pinned.

const { test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const START = Date.parse('2026-01-02T03:04:05Z');
const RealDate = Date;
let now = START;
global.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length > 0 ? given : [now]));
  }
  static now() { return now; }
};
Math.random = () => 0;

const http = require('@alicloud/credentials/dist/src/providers/http.js');
const kitx = require('kitx');
const { default: Credential, Config } = require('@alicloud/credentials');

const reply = (status, body) => ({ statusCode: status, headers: {}, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) });

/// The servers of one scenario, and what they were asked.
class Servers {
  constructor(scenario) {
    Object.assign(this, { scenario, requests: [], lives: undefined, failing: false });
  }

  key(id, secret, token, expiration) {
    const expires = this.lives ? new RealDate(now + this.lives * 1000).toISOString().slice(0, 19) + 'Z' : '2099-01-01T00:00:00Z';
    return { AccessKeyId: id, AccessKeySecret: secret, SecurityToken: token, Expiration: expiration ?? expires, Code: 'Success' };
  }

  async answer(request) {
    const url = new URL(request.toRequestURL());
    const headers = Object.fromEntries(Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
    const to = url.hostname === '100.100.100.200' ? 'metadata' : url.hostname.includes('sts') ? 'sts' : url.hostname === '127.0.0.1' ? 'uri' : `nowhere (${url})`;
    const seen = { to, method: request.method, host: url.host, target: url.pathname + url.search, headers };
    if (request.bodyForm) seen.body = Object.entries(request.bodyForm).map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
    this.requests.push(seen);
    if (to === 'metadata') return this.metadata(request.method, url, headers['x-aliyun-ecs-metadata-token']);
    if (this.failing) return reply(500, '');
    if (to === 'sts') {
      const action = url.searchParams.get('Action');
      const { sts_server: server } = this.scenario;
      return server ? reply(server.status, server.body) : reply(200, { Credentials: this.key(`STS.${action}Id`, `${action}Secret`, `${action}Token`) });
    }
    const { uri_server: server } = this.scenario;
    if (to === 'uri') return server ? reply(server.status, server.body) : reply(200, this.key('STS.uri', 'uriSecret', 'uriToken'));
    return reply(404, 'no such host in reality');
  }

  metadata(method, url, token) {
    const server = this.scenario.metadata_server ?? {};
    if (method === 'PUT') {
      if (server.tokenHangMs) throw new Error('hang');
      return server.token ? reply(server.token.status, server.token.body ?? '') : reply(200, 'IMDSTOKENexample==');
    }
    if (token === undefined ? server.requireToken : server.rejectToken) return reply(403, '');
    if (url.pathname.endsWith('/security-credentials/')) return server.list ? reply(server.list.status, server.list.body ?? '') : reply(200, 'EcsSpotRole');
    if (this.failing) return reply(500, '');
    return reply(server.cred?.status ?? 200, server.credBody ?? this.key('STS.NTimdsExample', 'imdsSecretExample', 'imdsToken+/==', server.expiration));
  }
}

function settle(scenario, home) {
  const at_home = (text) => (typeof text === 'string' ? text.replaceAll('$HOME', home) : text);
  os.homedir = () => home;
  for (const name of Object.keys(process.env)) if (name.startsWith('ALIBABA')) delete process.env[name];
  for (const [name, value] of Object.entries(scenario.env ?? {})) process.env[name] = at_home(value);
  for (const [name, text] of Object.entries(scenario.files ?? {})) {
    fs.mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
    fs.writeFileSync(path.join(home, name), at_home(text));
  }
  kitx.makeNonce = () => `cred-${scenario.id}-nonce`;
  return scenario.config && new Config(Object.fromEntries(Object.entries(scenario.config).map(([name, value]) => [name, at_home(value)])));
}

async function timeline(credential, servers, recorded) {
  const steps = [];
  for (const { at_s, server } of recorded) {
    now = START + at_s * 1000;
    servers.failing = server === 'fails';
    if (!servers.failing) servers.lives = Number(/would hand out (\d+) s/.exec(server)[1]);
    servers.requests = [];
    const outcome = await credential.getCredential().then(() => 'ok', (error) => `error: ${error.message}`);
    steps.push({ at_s, server, requests: servers.requests.length, outcome });
  }
  return { timeline: steps };
}

async function play(scenario, home) {
  now = START;
  const servers = new Servers(scenario);
  http.doRequest = (request) => servers.answer(request);
  const credential = new Credential(settle(scenario, home));
  if (scenario.timeline) return timeline(credential, servers, scenario.timeline);
  const found = await credential.getCredential().then((key) => ({
    result: { access_key_id: key.accessKeyId, access_key_secret: key.accessKeySecret, security_token: key.securityToken || null, type: credential.getType(), provider_name: key.providerName },
  }), (error) => ({ error: error.message.replaceAll(home, '$HOME') }));
  return { ...found, requests: servers.requests };
}

test('credentials: the recorded searches and renewals are the official SDK\'s own', async () => {
  const { scenarios } = JSON.parse(fs.readFileSync(path.join(process.env.TEST_DATA, 'credentials-more.json'), 'utf8'));
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'preemptd-home-'));
  for (const scenario of scenarios) {
    const own = fs.mkdtempSync(path.join(home, 'user-'));
    const played = JSON.parse(JSON.stringify(await play(scenario, own)));
    for (const part of Object.keys(played)) assert.deepStrictEqual(played[part], scenario[part], `${scenario.id}: ${part}`);
  }
  fs.rmSync(home, { recursive: true });
});
