// Makes a component of an entry module: what `kerros plugin build` runs. Reads one JSON object from standard input:
// { wit, world, source, path, root, out }.
import { readFileSync, writeFileSync } from "node:fs";
import { componentize } from "componentize-qjs";

const ask = JSON.parse(readFileSync(0, "utf8"));
try {
  const { component } = await componentize({
    witPath: ask.wit,
    world: ask.world,
    jsSource: ask.source,
    jsPath: ask.path,
    moduleRoot: ask.root,
    sync: true,
  });
  writeFileSync(ask.out, component);
} catch (error) {
  console.error(String(error?.message ?? error));
  process.exit(1);
}
