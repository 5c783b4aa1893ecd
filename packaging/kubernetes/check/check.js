// Every object on standard input (YAML) against the schema of the Kubernetes API.
const yaml = require("js-yaml");
const text = require("fs").readFileSync(0, "utf8");
let failures = 0, checked = 0;
for (const object of yaml.loadAll(text)) {
  if (!object) continue;
  const name = `${object.kind} ${object.metadata.name}`;
  try {
    const models = require(`kubernetes-models/${object.apiVersion}/${object.kind}`);
    new models[object.kind](object).validate();
    checked++;
  } catch (error) {
    console.error(`${name}: ${error.message}`);
    failures++;
  }
}
console.log(`${checked} objects conform, ${failures} do not`);
process.exit(failures === 0 && checked > 0 ? 0 : 1);
