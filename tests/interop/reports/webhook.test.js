'use strict';
// The reports of preemptd, received and judged by the official CloudEvents and Standard Webhooks packages.
const test = require('node:test');
const assert = require('node:assert');
const http = require('node:http');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFile } = require('node:child_process');
const { promisify } = require('node:util');
const { HTTP } = require('cloudevents');
const { Webhook } = require('standardwebhooks');

const run = promisify(execFile);
const sender = process.env.SEND_SAMPLES;
const newSecret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const oldSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

async function received(mode) {
  const requests = [];
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(204).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'reports-'));
  const secrets = path.join(folder, 'secrets');
  fs.writeFileSync(secrets, `# new\n${newSecret}\n# old\n${oldSecret}\n`);
  try {
    await run(sender, ['post', `http://127.0.0.1:${server.address().port}/in`, mode, secrets]);
  } finally {
    server.close();
    fs.rmSync(folder, { recursive: true });
  }
  return requests;
}

for (const mode of ['structured', 'binary']) {
  test(`every event in ${mode} mode is a CloudEvent to the official package`, async () => {
    const requests = await received(mode);
    assert.strictEqual(requests.length, 13);
    const types = new Set();
    for (const request of requests) {
      assert.strictEqual(HTTP.isEvent(request), true);
      const event = HTTP.toEvent(request);
      assert.strictEqual(event.validate(), true);
      assert.strictEqual(event.specversion, '1.0');
      assert.strictEqual(event.subject, 'i-bp1sample');
      assert.strictEqual(event.source, 'preemptd://cn-hangzhou/i-bp1sample');
      assert.strictEqual(event.id, request.headers['webhook-id']);
      assert.strictEqual(String(event.late), 'true');
      assert.strictEqual(String(event.lost), '2');
      const data = typeof event.data === 'string' ? JSON.parse(event.data) : event.data;
      assert.ok(data.rehearsal === false || data.agent_version);
      types.add(event.type);
    }
    assert.strictEqual(types.size, 13);
  });

  test(`both secrets verify every ${mode} request, a third does not`, async () => {
    for (const request of await received(mode)) {
      for (const secret of [newSecret, oldSecret]) new Webhook(secret).verify(request.body, request.headers);
      assert.throws(() => new Webhook('whsec_' + Buffer.alloc(24, 1).toString('base64')).verify(request.body, request.headers));
      assert.throws(() => new Webhook(newSecret).verify(request.body + ' ', request.headers));
    }
  });
}
