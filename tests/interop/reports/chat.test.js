'use strict';
// The chat robots' messages, judged by the rules their documentation states, with Node's own crypto.
const test = require('node:test');
const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { execFile } = require('node:child_process');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chat-'));
test.after(() => fs.rmSync(folder, { recursive: true }));
const secret = 'SECinterop0123456789';
const hmac = (key, text) => crypto.createHmac('sha256', key).update(text).digest('base64');

/** A robot that answers `answer(request, body)`. */
async function robot(t, answer) {
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(answer(new URL(request.url, 'http://robot'), JSON.parse(Buffer.concat(chunks)))));
    });
  });
  t.after(() => server.close().closeAllConnections());
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}/robot?access_token=T`;
}

function sent(type, url, settings = '') {
  fs.writeFileSync(path.join(folder, 'secret'), secret, { mode: 0o600 });
  const file = path.join(folder, 'preemptd.toml');
  fs.writeFileSync(file, `[paths]\nrun = "${folder}"\nstate = "${folder}"\n[sink.chat]\ntype = "${type}"\nurl = "${url}"\n${settings}\n`);
  return new Promise((resolve) => {
    execFile(process.env.PREEMPTCTL, ['report', 'test', 'chat', '--json', '--config', file], (_, out) => resolve(JSON.parse(out).sinks[0]));
  });
}

const signing = `secret_file = "${path.join(folder, 'secret')}"\nkeyword = "interop"`;

/** Custom robots of DingTalk: errcode 310000 for a wrong sign, a stale time or a missing keyword. */
function dingtalk(url, body) {
  const time = url.searchParams.get('timestamp');
  const fresh = Math.abs(Date.now() - Number(time)) < 3600e3;
  const good = fresh && url.searchParams.get('sign') === hmac(secret, `${time}\n${secret}`) && body.msgtype === 'markdown' &&
    `${body.markdown.title}${body.markdown.text}`.includes('interop');
  return good ? { errcode: 0, errmsg: 'ok' } : { errcode: 310000, errmsg: 'sign not match' };
}

/** Custom bots of Feishu: code 19021 for a wrong sign or a time more than an hour off. */
function feishu(_, body) {
  const fresh = Math.abs(Date.now() / 1000 - Number(body.timestamp)) < 3600;
  const good = fresh && body.sign === hmac(`${body.timestamp}\n${secret}`, '') && body.msg_type === 'interactive' &&
    body.card.header.title.content.includes('interop');
  return good ? { code: 0, msg: 'success' } : { code: 19021, msg: 'sign match fail or timestamp is not within one hour from current time' };
}

test('dingtalk takes the signature, the keyword and the card, and its no inside a 200 is heard', async (t) => {
  const url = await robot(t, dingtalk);
  assert.strictEqual((await sent('dingtalk', url, signing)).result, 'delivered');
  const refused = await sent('dingtalk', url);
  assert.strictEqual(refused.result, 'retry');
  assert.match(refused.detail, /310000: sign not match/);
});

test('feishu takes the signature, the keyword and the card, and its no inside a 200 is heard', async (t) => {
  const url = await robot(t, feishu);
  assert.strictEqual((await sent('feishu', url, `${signing}\nlanguage = "zh"`)).result, 'delivered');
  assert.match((await sent('feishu', url)).detail, /19021/);
});

test('wecom takes markdown within its 4096 bytes, and its no inside a 200 is heard', async (t) => {
  const good = await robot(t, (_, body) => ({ errcode: body.msgtype === 'markdown' && Buffer.byteLength(body.markdown.content) <= 4096 ? 0 : 40058 }));
  assert.strictEqual((await sent('wecom', good)).result, 'delivered');
  const bad = await robot(t, () => ({ errcode: 93000, errmsg: 'invalid webhook url' }));
  assert.match((await sent('wecom', bad)).detail, /93000: invalid webhook url/);
});
