// Koop (the ArcGIS REST server from npm) with a provider of ours: every GeoJSON file of a folder is a layer.
// node koop.mjs HOME FOLDER MOST: HOME holds node_modules, MOST is the features a page. Its first line is its port.
// A layer whose name ends in _numbered says which field numbers its features; of others Koop hashes the features.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";

const [home, folder, most] = process.argv.slice(2);
const nothing = () => {};
console.log = console.info = console.warn = nothing; // libraries that greet
const Koop = createRequire(join(home, "package.json"))("@koopjs/koop-core");

class Model {
  async getData(request) {
    const name = basename(request.params.id);
    const path = join(folder, `${name}.geojson`);
    if (!existsSync(path)) throw Object.assign(new Error(`There is no layer ${name}.`), { code: 404 });
    const layer = JSON.parse(readFileSync(path, "utf-8"));
    const numbered = name.endsWith("_numbered") ? { idField: "NUMBER" } : {};
    return { ...layer, metadata: { name, maxRecordCount: Number(most), fields: fieldsOf(layer), ...numbered } };
  }
}

// what Koop would guess of the first feature: "4710" is a land use here, and a day in January to it
function fieldsOf(layer) {
  const names = Object.keys(layer.features[0].properties).filter((name) => name !== "OBJECTID");
  return names.map((name) => {
    const values = layer.features.map((feature) => feature.properties[name]).filter((value) => value !== null);
    const number = values.every(Number.isInteger) ? "Integer" : "Double";
    return { name, type: typeof values[0] === "number" ? number : "String" };
  });
}

const words = ["silly", "debug", "verbose", "info", "warn", "error", "log"];
const koop = new Koop({ logger: Object.fromEntries(words.map((word) => [word, nothing])) });
koop.register({ type: "provider", name: "files", version: "1.0.0", Model });
const server = koop.server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
