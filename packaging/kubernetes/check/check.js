// Every object on standard input (YAML) against the schema of the Kubernetes API, and the DaemonSet against what it promises.
const yaml = require("js-yaml");
const assert = require("assert");
const { spawnSync } = require("child_process");
const fs = require("fs");
const text = fs.readFileSync(0, "utf8");
let failures = 0, checked = 0;

const account = "/var/run/secrets/kubernetes.io/serviceaccount";
const mounted = (container) => (container.volumeMounts || []).map((mount) => mount.mountPath);

function tokenIsTheDrainersAlone(pod) {
  assert.strictEqual(pod.automountServiceAccountToken, false, "the account's token is mounted in every container");
  const holders = [...pod.initContainers, ...pod.containers].filter((container) => mounted(container).includes(account));
  assert.deepStrictEqual(holders.map((container) => container.name), ["drainer"], "containers with the account's token");
  const mount = holders[0].volumeMounts.find((one) => one.mountPath === account);
  const { sources } = pod.volumes.find((volume) => volume.name === mount.name).projected;
  const files = sources.flatMap((one) => one.serviceAccountToken || (one.configMap || one.downwardAPI).items).map((one) => one.path);
  assert.deepStrictEqual(files.sort(), ["ca.crt", "namespace", "token"], "files that kubectl looks for");
}

// The command of the probe, with a status file of this age in seconds; null: none.
function alive(probe, age) {
  const folder = fs.mkdtempSync("probe-");
  const seconds = Date.now() / 1000 - age;
  if (age !== null) fs.writeFileSync(`${folder}/status.json`, "{}");
  if (age !== null) fs.utimesSync(`${folder}/status.json`, seconds, seconds);
  const [program, ...words] = probe.exec.command.map((word) => word.replaceAll("/run/preemptd", folder));
  const { status } = spawnSync(program, words);
  fs.rmSync(folder, { recursive: true });
  return status === 0;
}

function onlyADeadWatcherIsEnded(pod) {
  const watcher = pod.containers.find((container) => container.name === "watcher");
  assert.deepStrictEqual(watcher.readinessProbe.exec.command, ["preemptctl", "status"], "what makes the watcher ready");
  for (const [age, expected] of [[0, true], [40, true], [90, false], [null, false]])
    assert.strictEqual(alive(watcher.livenessProbe, age), expected, `alive with a status file of ${age} s`);
}

for (const object of yaml.loadAll(text)) {
  if (!object) continue;
  const name = `${object.kind} ${object.metadata.name}`;
  try {
    const models = require(`kubernetes-models/${object.apiVersion}/${object.kind}`);
    new models[object.kind](object).validate();
    if (object.kind === "DaemonSet") {
      tokenIsTheDrainersAlone(object.spec.template.spec);
      onlyADeadWatcherIsEnded(object.spec.template.spec);
    }
    checked++;
  } catch (error) {
    console.error(`${name}: ${error.message}`);
    failures++;
  }
}
console.log(`${checked} objects conform, ${failures} do not`);
process.exit(failures === 0 && checked > 0 ? 0 : 1);
