'use strict';
// Starts a preempt-sim of its own and speaks to its admin interface.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');

const KEY = { id: 'interop-key', secret: 'interop-secret' };
const STS_KEY = { id: 'STS.interop', secret: 'interop-sts-secret', token: 'interop-token+with/specials==' };

function until(condition, what, limit = 20000) {
  const end = Date.now() + limit;
  return (async () => {
    for (;;) {
      const value = await condition();
      if (value) return value;
      if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
}

function request(address, method, target, { headers = {}, body = '' } = {}) {
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const call = http.request({ host, port, method, path: target, headers: { 'content-length': Buffer.byteLength(body), ...headers } }, (reply) => {
      const parts = [];
      reply.on('data', (part) => parts.push(part));
      reply.on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, body: Buffer.concat(parts).toString() }));
    });
    call.on('error', reject);
    call.end(body);
  });
}

class Simulator {
  static async start(...more) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'preempt-sim-'));
    const ready = path.join(folder, 'ready.json');
    const child = spawn(process.env.PREEMPT_SIM, ['serve', '--metadata', '127.0.0.1:0', '--api', '127.0.0.1:0', '--admin', '127.0.0.1:0',
      '--ready-file', ready, '--transition', '200ms', '--access-key', `${KEY.id}:${KEY.secret}`,
      '--access-key', `${STS_KEY.id}:${STS_KEY.secret}:${STS_KEY.token}`, ...more], { stdio: ['ignore', 'ignore', 'inherit'] });
    await until(() => fs.existsSync(ready), 'the ready file');
    const simulator = new Simulator();
    Object.assign(simulator, JSON.parse(fs.readFileSync(ready, 'utf8')), { child, folder });
    return simulator;
  }

  async stop() {
    this.child.kill('SIGTERM');
    const code = await new Promise((resolve) => this.child.once('exit', (exit) => resolve(exit)));
    fs.rmSync(this.folder, { recursive: true });
    return code;
  }

  async tell(what, body = {}) {
    const reply = await request(this.admin, 'POST', `/${what}`, { body: JSON.stringify(body) });
    if (reply.status !== 200) throw new Error(`${what}: ${reply.body}`);
    return JSON.parse(reply.body);
  }

  async ask(what) {
    return JSON.parse((await request(this.admin, 'GET', `/${what}`)).body);
  }
}

module.exports = { Simulator, KEY, STS_KEY, request, until };
