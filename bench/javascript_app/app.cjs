// The resources of a cloud assembly, written again by the library in its own language, without constructs of ours.
// Run by `bench/javascript.py`, which says in TEMPLATES where the assembly is, and in NODE_PATH where the library is.
const fs = require("node:fs");
const path = require("node:path");
const { App, CfnResource, Stack } = require("aws-cdk-lib");

const folder = process.env.TEMPLATES;
const app = new App({ analyticsReporting: false, treeMetadata: false, builtinCloudFormationValidation: false });
for (const file of fs.readdirSync(folder).filter((name) => name.endsWith(".template.json"))) {
  const stack = new Stack(app, path.basename(file, ".template.json"));
  const { Resources } = JSON.parse(fs.readFileSync(path.join(folder, file), "utf8"));
  for (const [name, { Type, Properties }] of Object.entries(Resources)) {
    new CfnResource(stack, name, { type: Type, properties: Properties }).overrideLogicalId(name);
  }
}
app.synth();
