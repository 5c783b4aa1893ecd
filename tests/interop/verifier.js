'use strict';
// Judges the signatures of requests to the cloud's API from their bytes alone. Knows the published algorithms and nothing
// of this project's code. Source: "V3 request structure and signature" and "Request signatures" of the vendor's documentation.

const crypto = require('node:crypto');

function encode(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());
}

function byBytes([a], [b]) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function canonical(pairs) {
  return [...pairs].sort(byBytes).map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

function pairsOf(text) {
  return [...new URLSearchParams(text)];
}

function isForm(headers) {
  return (headers['content-type'] || '').toLowerCase().startsWith('application/x-www-form-urlencoded');
}

function sha256(bytes) {
  return crypto.createHash('sha256').update(bytes).digest('hex');
}

function same(a, b) {
  return a.length === b.length && crypto.timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function judgeV3({ method, path, query, headers, body }, keys) {
  const field = /^ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$/.exec(headers.authorization);
  if (!field) return 'Authorization is not of the documented form';
  const [, id, names, signature] = field;
  const key = keys.get(id);
  if (!key) return `unknown access key ${id}`;
  const signed = names.split(';');
  if (names !== [...signed].sort().join(';')) return 'SignedHeaders are not sorted';
  const must = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-acs-') || (name === 'content-type' && body.length > 0));
  const missing = must.filter((name) => !signed.includes(name));
  if (missing.length > 0) return `not signed: ${missing.join(', ')}`;
  for (const name of ['x-acs-action', 'x-acs-version', 'x-acs-date', 'x-acs-content-sha256', 'x-acs-signature-nonce']) {
    if (!headers[name]) return `missing header ${name}`;
  }
  if (headers['x-acs-content-sha256'] !== sha256(body)) return 'x-acs-content-sha256 is not the hash of the body';
  if ((key.token || '') !== (headers['x-acs-security-token'] || '')) return 'the security token is not the key\'s';
  const lines = signed.map((name) => `${name}:${(headers[name] || '').trim()}\n`).join('');
  const request = [method, path, canonical(pairsOf(query)), lines, names, sha256(body)].join('\n');
  const expected = crypto.createHmac('sha256', key.secret).update(`ACS3-HMAC-SHA256\n${sha256(request)}`).digest('hex');
  return same(expected, signature) ? null : `the signature does not match; canonical request:\n${request}`;
}

function judgeV1({ method, query, headers, body }, keys) {
  const pairs = [...pairsOf(query), ...(isForm(headers) ? pairsOf(body.toString()) : [])];
  const all = new Map(pairs);
  if (all.size !== pairs.length) return 'a parameter is sent twice';
  const key = keys.get(all.get('AccessKeyId'));
  if (!key) return `unknown access key ${all.get('AccessKeyId')}`;
  if (all.get('SignatureMethod') !== 'HMAC-SHA1' || all.get('SignatureVersion') !== '1.0') return 'wrong SignatureMethod or SignatureVersion';
  if (!all.get('SignatureNonce')) return 'missing SignatureNonce';
  if ((key.token || '') !== (all.get('SecurityToken') || '')) return 'the security token is not the key\'s';
  const toSign = `${method}&%2F&${encode(canonical(pairs.filter(([name]) => name !== 'Signature')))}`;
  const expected = crypto.createHmac('sha1', `${key.secret}&`).update(toSign).digest('base64');
  return same(expected, all.get('Signature') || '') ? null : `the signature does not match; string to sign:\n${toSign}`;
}

function tooFar(time, now) {
  return !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time || '') || Math.abs(Date.parse(time) - now) > 15 * 60 * 1000;
}

/** Which scheme, which action, and what is wrong with it (null: nothing). `keys`: Map of id to {secret, token}. */
function judge(request, keys, now = Date.now()) {
  const [path, query = ''] = request.target.split(/\?(.*)/s);
  const taken = { ...request, path, query };
  if (request.headers.authorization) {
    const late = tooFar(request.headers['x-acs-date'], now) ? 'x-acs-date is malformed or more than 15 minutes off' : null;
    return { scheme: 'v3', action: request.headers['x-acs-action'], wrong: late || judgeV3(taken, keys) };
  }
  const all = new Map([...pairsOf(query), ...(isForm(request.headers) ? pairsOf(request.body.toString()) : [])]);
  if (!all.has('Signature')) return { scheme: 'unsigned', action: all.get('Action') || request.headers['x-acs-action'], wrong: null };
  const late = tooFar(all.get('Timestamp'), now) ? 'Timestamp is malformed or more than 15 minutes off' : null;
  return { scheme: 'v1', action: all.get('Action'), wrong: late || judgeV1(taken, keys) };
}

/** The nonce of a request; each must be seen once only. */
function nonceOf(request) {
  if (request.headers['x-acs-signature-nonce']) return request.headers['x-acs-signature-nonce'];
  const query = request.target.split(/\?(.*)/s)[1] || '';
  return new Map([...pairsOf(query), ...(isForm(request.headers) ? pairsOf(request.body.toString()) : [])]).get('SignatureNonce');
}

module.exports = { judge, nonceOf };
