'use strict';
// Requests signed here by hand: what the official SDKs never send, and what they would send at the wrong time or twice.

const { test, before, after } = require('node:test');
const assert = require('node:assert');
const crypto = require('node:crypto');
const { Simulator, KEY, STS_KEY, request } = require('./simulator.js');

let simulator;
before(async () => { simulator = await Simulator.start(); });
after(async () => simulator.stop());

const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const canonical = (parameters) => Object.keys(parameters).sort().map((name) => `${encode(name)}=${encode(parameters[name])}`).join('&');
const time = (millis = 0) => `${new Date(Date.now() + millis).toISOString().slice(0, 19)}Z`;
const QUERY = { RegionId: 'cn-hangzhou', 'Tag.1.Key': "a*b~c+d/é '()!", MaxResults: '100' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

function v1(more, { method = 'GET', where = 'query', key = KEY, spoil = (parameters) => parameters } = {}) {
  const parameters = { Action: 'DescribeInstances', Version: '2014-05-26', Format: 'JSON', AccessKeyId: key.id, SignatureMethod: 'HMAC-SHA1', SignatureVersion: '1.0',
    SignatureNonce: crypto.randomUUID(), Timestamp: time(), ...(key.token ? { SecurityToken: key.token } : {}), ...QUERY, ...more };
  parameters.Signature = crypto.createHmac('sha1', `${key.secret}&`).update(`${method}&%2F&${encode(canonical(parameters))}`).digest('base64');
  const all = spoil(parameters);
  if (where === 'query') return request(simulator.api, method, `/?${canonical(all)}`);
  if (where === 'body') return request(simulator.api, method, '/', { headers: FORM, body: canonical(all) });
  const { Action, Version, Format, Timestamp, ...rest } = all;
  return request(simulator.api, method, `/?${canonical({ Action, Version, Format, Timestamp })}`, { headers: FORM, body: canonical(rest) });
}

function v3({ action = 'DescribeInstances', query = QUERY, method = 'POST', key = KEY, body = '', headers = {}, authorization } = {}) {
  const signed = { host: simulator.api, 'x-acs-action': action, 'x-acs-version': '2014-05-26', 'x-acs-date': time(), 'x-acs-signature-nonce': crypto.randomUUID(),
    'x-acs-content-sha256': crypto.createHash('sha256').update(body).digest('hex'), ...(key.token ? { 'x-acs-security-token': key.token } : {}), ...headers };
  const names = Object.keys(signed).sort();
  const text = [method, '/', canonical(query), names.map((name) => `${name}:${signed[name]}\n`).join(''), names.join(';'), signed['x-acs-content-sha256']].join('\n');
  const signature = crypto.createHmac('sha256', key.secret).update(`ACS3-HMAC-SHA256\n${crypto.createHash('sha256').update(text).digest('hex')}`).digest('hex');
  signed.authorization = authorization ?? `ACS3-HMAC-SHA256 Credential=${key.id},SignedHeaders=${names.join(';')},Signature=${signature}`;
  return request(simulator.api, method, `/?${canonical(query)}`, { headers: signed, body });
}

async function answers(sent, status, code) {
  const reply = await sent;
  const body = JSON.parse(reply.body);
  assert.deepStrictEqual([reply.status, body.Code], [status, code], reply.body.slice(0, 400));
  return { reply, body };
}

test('wire: parameters count wherever they stand, in both versions', async () => {
  for (const method of ['GET', 'POST']) await answers(v1({}, { method }), 200);
  for (const where of ['body', 'split']) await answers(v1({}, { method: 'POST', where }), 200);
  await answers(v1({}, { key: STS_KEY }), 200);
  for (const method of ['GET', 'POST']) await answers(v3({ method }), 200);
  await answers(v3({ query: {}, body: canonical(QUERY), headers: FORM }), 200);
  await answers(v3({ key: STS_KEY, headers: { 'x-acs-of-mine': 'b' } }), 200);
});

test('wire: what is wrong with a signature has its code', async () => {
  await answers(v1({}, { spoil: (all) => ({ ...all, Signature: 'AAAA' }) }), 400, 'SignatureDoesNotMatch');
  await answers(v1({}, { spoil: (all) => ({ ...all, RegionId: 'cn-beijing' }) }), 400, 'SignatureDoesNotMatch');
  await answers(v1({ SignatureMethod: 'HMAC-MD5' }), 400, 'InvalidParamater');
  for (const name of ['SignatureNonce', 'Timestamp']) await answers(v1({}, { spoil: ({ [name]: gone, ...rest }) => rest }), 400, 'MissingParameter');
  await answers(v3({ authorization: 'ACS3-HMAC-SHA256 nonsense' }), 400, 'IncompleteSignature');
  await answers(v3({ authorization: `ACS3-HMAC-SHA256 Credential=${KEY.id},SignedHeaders=host,Signature=00` }), 400, 'IncompleteSignature');
  await answers(v3({ headers: { 'x-acs-content-sha256': crypto.createHash('sha256').update('other').digest('hex') } }), 400, 'SignatureDoesNotMatch');
  for (const sign of [v1.bind(null, {}), v3]) await answers(sign({ key: { id: 'nobody', secret: 'x' } }), 404, 'InvalidAccessKeyId.NotFound');
  await answers(request(simulator.api, 'GET', '/?Action=DescribeRegions&Version=2014-05-26&Format=JSON'), 400, 'MissingAccessKeyId');
});

test('wire: a nonce serves once, and a clock may be a quarter of an hour off', async () => {
  for (const sign of [(nonce) => v1({ SignatureNonce: nonce }), (nonce) => v3({ headers: { 'x-acs-signature-nonce': nonce } })]) {
    const nonce = crypto.randomUUID();
    await answers(sign(nonce), 200);
    await answers(sign(nonce), 400, 'SignatureNonceUsed');
  }
  for (const sign of [(off) => v1({ Timestamp: time(off) }), (off) => v3({ headers: { 'x-acs-date': time(off) } })]) {
    for (const off of [-14 * 60000, 14 * 60000]) await answers(sign(off), 200);
    for (const off of [-16 * 60000, 16 * 60000]) await answers(sign(off), 400, 'InvalidTimeStamp.Expired');
  }
});

test('wire: a request line of 64 KiB is taken', async () => {
  const query = { RegionId: 'cn-hangzhou', ImageId: 'aliyun_3_x64_20G_alibase_20250629.vhd', InstanceType: 'ecs.g7.large', DryRun: 'true',
    UserData: Buffer.alloc(32 * 1024, 'z').toString('base64'), Description: 'y'.repeat(22000) };
  assert.ok(canonical(query).length > 64 * 1024);
  await answers(v3({ action: 'RunInstances', query }), 400, 'DryRunOperation');
});

test('wire: throttling by action names the wait in its header, and spares other actions', async () => {
  await simulator.tell('set', { quota: { DescribeInstances: { calls: 1, per_seconds: 60 } } });
  await answers(v3(), 200);
  const { reply } = await answers(v3(), 400, 'Throttling.User');
  const wait = Number(reply.headers['x-acs-retry-after']);
  assert.ok(wait > 50000 && wait <= 60000, `${wait}`);
  await answers(v3({ action: 'DescribeInstanceStatus', query: { RegionId: 'cn-hangzhou' } }), 200);
  await simulator.tell('set', { quota: { DescribeInstances: null } });
});

test('wire: XML is spoken to those who ask in the older way', async () => {
  const good = await v1({ Format: 'XML' }), bad = await v1({ Format: 'XML', RegionId: 'xx' });
  assert.match(good.body, /<DescribeInstancesResponse>.*<RequestId>/s);
  assert.match(bad.body, /<Error>.*<Code>InvalidRegionId.NotFound<\/Code>/s);
});
