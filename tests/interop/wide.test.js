'use strict';
// What the lifecycle test leaves out: the rules of time, tokens, pages, batches, drills and reclaims.

const { test, before, after } = require('node:test');
const assert = require('node:assert');
const { Cloud, LAUNCH, refused, soon, until } = require('./cloud.js');
const { request, STS_KEY } = require('./simulator.js');

let cloud;
before(async () => { cloud = await Cloud.start(); });
after(async () => cloud.simulator.stop());

test('interop: a batch is all or nothing, or each by itself, as asked', async () => {
  const ids = await cloud.run({ Amount: 3 });
  await cloud.reaches(ids, 'Running');
  const stopped = await cloud.ecs('StopInstances', { InstanceId: ids.slice(0, 1), ForceStop: true, StoppedMode: 'KeepCharging' });
  assert.deepStrictEqual(stopped.InstanceResponses.InstanceResponse.map(({ Code, PreviousStatus, CurrentStatus }) => [Code, PreviousStatus, CurrentStatus]), [['200', 'Running', 'Stopping']]);
  await cloud.reaches(ids[0], 'Stopped');
  await refused(cloud.ecs('StopInstances', { InstanceId: ids }), 'IncorrectInstanceStatus', 403);
  assert.strictEqual(await cloud.status(ids[1]), 'Running');
  const each = await cloud.ecs('StopInstances', { InstanceId: ids, BatchOptimization: 'SuccessFirst' });
  assert.deepStrictEqual(each.InstanceResponses.InstanceResponse.map(({ Code }) => Code).sort(), ['200', '200', 'IncorrectInstanceStatus']);
  await cloud.reaches(ids, 'Stopped');
  await cloud.ecs('StartInstances', { InstanceId: ids });
  await cloud.reaches(ids, 'Running');
  await cloud.ecs('RebootInstances', { InstanceId: ids, ForceReboot: true });
  await cloud.reaches(ids, 'Running');
  await cloud.ecs('DeleteInstances', { InstanceId: ids, Force: true, ClientToken: 'batch' });
  await cloud.reaches(ids, 'gone');
  await cloud.ecs('DeleteInstances', { InstanceId: ids, Force: true, ClientToken: 'batch' });
});

test('interop: every create call is carried out once for one ClientToken', async () => {
  const [disk] = (await cloud.ecs('DescribeDisks', { InstanceId: cloud.simulator.instance_id })).Disks.Disk;
  const vpc = 'vpc-bp1simulated00000vpc', instance = cloud.simulator.instance_id;
  const calls = [['ecs', 'RunInstances', LAUNCH, 'InstanceIdSets', { Amount: 2 }], ['ecs', 'CreateInstance', LAUNCH, 'InstanceId', { InstanceName: 'another' }],
    ['ecs', 'CreateSnapshot', { DiskId: disk.DiskId }, 'SnapshotId', { SnapshotName: 'another' }], ['ecs', 'CreateImage', { InstanceId: instance, ImageName: 'once' }, 'ImageId', { ImageName: 'twice' }],
    ['ecs', 'CreateSecurityGroup', { VpcId: vpc }, 'SecurityGroupId', { SecurityGroupName: 'another' }], ['vpc', 'CreateVpc', { CidrBlock: '172.16.0.0/12' }, 'VpcId', { VpcName: 'another' }],
    ['ecs', 'RunCommand', { Type: 'RunShellScript', CommandContent: 'true', InstanceId: [instance] }, 'InvokeId', { CommandContent: 'false' }]];
  for (const [product, action, parameters, id, other] of calls) {
    const once = { ...parameters, ClientToken: `token-${action}` };
    const first = await cloud[product](action, once), again = await cloud[product](action, once);
    assert.deepStrictEqual(again[id], first[id], action);
    await refused(cloud[product](action, { ...once, ...other }), 'IdempotentParameterMismatch', 400);
  }
});

test('interop: every list can be walked by number, and the newer ones by token', async () => {
  await cloud.run({ Amount: 12, Tag: [{ Key: 'walk' }] });
  const lists = [['ecs', 'DescribeInstances', 'Instances', 'Instance', 'InstanceId', 10], ['ecs', 'DescribeDisks', 'Disks', 'Disk', 'DiskId', 10],
    ['ecs', 'DescribeImages', 'Images', 'Image', 'ImageId', 2], ['ecs', 'DescribeInstanceStatus', 'InstanceStatuses', 'InstanceStatus', 'InstanceId', 5],
    ['vpc', 'DescribeVSwitches', 'VSwitches', 'VSwitch', 'VSwitchId', 2]];
  for (const [product, action, list, item, id, size] of lists) {
    const seen = new Set();
    let total = 1;
    for (let page = 1; seen.size < total; page += 1) {
      const body = await cloud[product](action, { PageNumber: page, PageSize: size });
      assert.deepStrictEqual([body.PageNumber, body.PageSize], [page, size], action);
      assert.ok(body[list][item].length > 0, action);
      body[list][item].forEach((each) => seen.add(each[id]));
      total = body.TotalCount;
    }
    assert.strictEqual(seen.size, total, action);
  }
  const seen = new Set();
  let NextToken;
  do {
    const body = await cloud.ecs('DescribeDisks', { MaxResults: 10, NextToken });
    body.Disks.Disk.forEach((each) => seen.add(each.DiskId));
    ({ NextToken } = body);
  } while (NextToken);
  assert.strictEqual(seen.size, (await cloud.ecs('DescribeDisks', {})).TotalCount);
});

test('interop: expiry windows, wildcards, tags and places find the right instances', async () => {
  const [id] = await cloud.run({ InstanceChargeType: 'PrePaid', Period: 1, InstanceName: 'found-me', InternetMaxBandwidthOut: 1, HttpTokens: 'required', Tag: [{ Key: 'find', Value: 'a b*~+/é' }] });
  const instance = await cloud.instance(id);
  const minute = (days) => `${soon(days * 86400000).slice(0, 16)}Z`;
  const filters = [{ Filter: [{ Key: 'ExpiredStartTime', Value: minute(1) }, { Key: 'ExpiredEndTime', Value: minute(40) }] }, { InstanceName: 'found-*' }, { Tag: [{ Key: 'find', Value: 'a b*~+/é' }] },
    { InstanceChargeType: 'PrePaid' }, { HttpTokens: 'required' }, { PrivateIpAddresses: JSON.stringify(instance.VpcAttributes.PrivateIpAddress.IpAddress) },
    { PublicIpAddresses: JSON.stringify(instance.PublicIpAddress.IpAddress) }];
  for (const filter of filters) {
    const { Instances } = await cloud.ecs('DescribeInstances', filter);
    assert.deepStrictEqual(Instances.Instance.map((each) => each.InstanceId), [id], JSON.stringify(filter));
  }
  const none = await cloud.ecs('DescribeInstances', { Filter: [{ Key: 'ExpiredEndTime', Value: minute(2) }] });
  assert.strictEqual(none.TotalCount, 0);
});

test('interop: economical mode gives the public address back, an orderly release passes Stopping', async () => {
  const [id] = await cloud.run({ InternetMaxBandwidthOut: 5 });
  await cloud.reaches(id, 'Running');
  await cloud.ecs('StopInstance', { InstanceId: id, StoppedMode: 'StopCharging' });
  await cloud.reaches(id, 'Stopped');
  const stopped = await cloud.instance(id);
  assert.deepStrictEqual([stopped.StoppedMode, stopped.PublicIpAddress.IpAddress], ['StopCharging', []]);
  await cloud.ecs('StartInstance', { InstanceId: id });
  await cloud.reaches(id, 'Running');
  assert.strictEqual((await cloud.instance(id)).PublicIpAddress.IpAddress.length, 1);
  await cloud.ecs('DeleteInstance', { InstanceId: id, Force: true, ForceStop: false });
  assert.strictEqual(await cloud.status(id), 'Stopping');
  await cloud.reaches(id, 'gone');
});

test('interop: a snapshot fails when its instance stops meanwhile', async () => {
  const [id] = await cloud.run();
  await cloud.reaches(id, 'Running');
  const [disk] = (await cloud.ecs('DescribeDisks', { InstanceId: id })).Disks.Disk;
  const { SnapshotId } = await cloud.ecs('CreateSnapshot', { DiskId: disk.DiskId });
  await cloud.ecs('StopInstance', { InstanceId: id });
  const { Snapshots } = await cloud.ecs('DescribeSnapshots', { SnapshotIds: JSON.stringify([SnapshotId]) });
  assert.strictEqual(Snapshots.Snapshot[0].Status, 'failed');
});

test('interop: commands run where the assistant is there, and tell what came of them', async () => {
  const ids = await cloud.run({ Amount: 2 });
  await cloud.reaches(ids, 'Running');
  await cloud.ecs('StopInstance', { InstanceId: ids[1] });
  await cloud.reaches(ids[1], 'Stopped');
  const there = (await cloud.ecs('DescribeCloudAssistantStatus', { InstanceId: ids })).InstanceCloudAssistantStatusSet.InstanceCloudAssistantStatus;
  assert.deepStrictEqual(Object.fromEntries(there.map((each) => [each.InstanceId, each.CloudAssistantStatus])), { [ids[0]]: 'true', [ids[1]]: 'false' });
  const { InvokeId } = await cloud.ecs('RunCommand', { Type: 'RunShellScript', CommandContent: 'echo hi', InstanceId: ids });
  const results = async () => (await cloud.ecs('DescribeInvocationResults', { InvokeId, ContentEncoding: 'PlainText' })).Invocation.InvocationResults.InvocationResult;
  const of = (all, id) => all.find((each) => each.InstanceId === id);
  await until(async () => of(await results(), ids[0]).InvocationStatus === 'Success', 'the command');
  const all = await results();
  assert.deepStrictEqual([of(all, ids[0]).ExitCode, of(all, ids[0]).Output], [0, 'simulated\n']);
  assert.deepStrictEqual([of(all, ids[1]).InvocationStatus, of(all, ids[1]).ErrorCode], ['Failed', 'InstanceNotRunning']);
});

test('interop: drills are announced, cancelled, or really carried out', async () => {
  const ids = await cloud.run({ Amount: 2, SpotStrategy: 'SpotAsPriceGo' });
  await cloud.reaches(ids, 'Running');
  const planned = await cloud.ecs('CreateSimulatedSystemEvents', { InstanceId: ids, EventType: 'SystemMaintenance.Reboot', NotBefore: soon(3600000) });
  const full = await cloud.ecs('DescribeInstancesFullStatus', { InstanceId: ids });
  assert.ok(full.InstanceFullStatusSet.InstanceFullStatusType.every((each) => each.ScheduledSystemEventSet.ScheduledSystemEventType[0].EventType.Name === 'SystemMaintenance.Reboot'));
  await cloud.ecs('CancelSimulatedSystemEvents', { EventId: planned.EventIdSet.EventId });
  const past = await cloud.ecs('DescribeInstanceHistoryEvents', { InstanceId: ids[0] });
  assert.strictEqual(past.InstanceSystemEventSet.InstanceSystemEventType[0].EventCycleStatus.Name, 'Canceled');
  await cloud.ecs('CreateSimulatedSystemEvents', { InstanceId: [ids[0]], EventType: 'Instance:PreemptibleInstanceInterruption', NotBefore: soon(2000), TriggerRealOps: true });
  await cloud.ecs('CreateSimulatedSystemEvents', { InstanceId: [ids[1]], EventType: 'SystemMaintenance.Stop', NotBefore: soon(1500), TriggerRealOps: true });
  for (const LockReason of ['Recycling', 'recycling']) {
    const { Instances } = await cloud.ecs('DescribeInstances', { LockReason });
    assert.deepStrictEqual(Instances.Instance.map((each) => each.InstanceId), [ids[0]]);
  }
  await cloud.reaches(ids[0], 'gone');
  await cloud.reaches(ids[1], 'Stopped');
});

test('interop: a reclaim keeps what it was told to keep', async () => {
  const [terminated] = await cloud.run({ SpotStrategy: 'SpotAsPriceGo', DataDisk: [{ Size: 20, DeleteWithInstance: false }, { Size: 20 }] });
  const [stopped] = await cloud.run({ SpotStrategy: 'SpotAsPriceGo', SpotInterruptionBehavior: 'Stop' });
  await cloud.reaches([terminated, stopped], 'Running');
  const disks = (await cloud.ecs('DescribeDisks', { InstanceId: terminated })).Disks.Disk.map((disk) => disk.DiskId);
  for (const instance_id of [terminated, stopped]) await cloud.simulator.tell('reclaim', { instance_id, notice_seconds: 1 });
  assert.strictEqual((await cloud.ecs('DescribeInstanceAttribute', { InstanceId: stopped })).OperationLocks.LockReason[0].LockReason, 'Recycling');
  await cloud.reaches(terminated, 'gone');
  assert.strictEqual((await cloud.ecs('DescribeDisks', { DiskIds: JSON.stringify(disks) })).Disks.Disk.length, 1);
  await cloud.reaches(stopped, 'Stopped');
  assert.strictEqual((await cloud.instance(stopped)).StoppedMode, 'StopCharging');
  await cloud.ecs('StartInstance', { InstanceId: stopped });
  await cloud.reaches(stopped, 'Running');
  assert.deepStrictEqual((await cloud.instance(stopped)).OperationLocks.LockReason, []);
});

test('interop: a temporary key wants its own token, and ends', async () => {
  const { Credentials: made } = await cloud.sts('AssumeRole', { RoleArn: 'acs:ram::1000000000000001:role/dep', RoleSessionName: 'session', DurationSeconds: 900 });
  const key = { id: made.AccessKeyId, secret: made.AccessKeySecret };
  const as = (token) => cloud.client('ecs', { ...key, token });
  await cloud.ecs('DescribeInstances', {}, as(made.SecurityToken));
  await refused(cloud.ecs('DescribeInstances', {}, as(undefined)), 'MissingSecurityToken', 400);
  await refused(cloud.ecs('DescribeInstances', {}, as(STS_KEY.token)), 'InvalidSecurityToken.MismatchWithAccessKey', 400);
  await refused(cloud.ecs('DescribeInstances', {}, as('nonsense')), 'InvalidSecurityToken.Malformed', 400);
  await cloud.simulator.tell('set', { credential_seconds: 1 });
  const base = '/latest/meta-data/ram/security-credentials/';
  const { body: role } = await request(cloud.simulator.metadata, 'GET', base);
  await until(async () => {
    const own = JSON.parse((await request(cloud.simulator.metadata, 'GET', base + role)).body);
    if (Date.parse(own.Expiration) - Date.now() > 5000) return false;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, Date.parse(own.Expiration) - Date.now()) + 1100));
    await refused(cloud.ecs('DescribeInstances', {}, cloud.client('ecs', { id: own.AccessKeyId, secret: own.AccessKeySecret, token: own.SecurityToken })), 'InvalidSecurityToken.Expired', 400);
    return true;
  }, 'a key that lives one second');
});

test('interop: a security lock forbids what changes the state, and no more', async () => {
  const own = cloud.simulator.instance_id;
  await cloud.simulator.tell('set', { locks: ['security'] });
  for (const action of ['StopInstance', 'RebootInstance', 'AllocatePublicIpAddress']) await refused(cloud.ecs(action, { InstanceId: own }), 'InstanceLockedForSecurity', 403);
  assert.strictEqual((await cloud.instance(own)).OperationLocks.LockReason[0].LockReason, 'security');
  await cloud.simulator.tell('set', { locks: [] });
  await cloud.ecs('RebootInstance', { InstanceId: own });
});
