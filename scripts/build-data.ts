/** Checks the package's own policies, stacks and machines and puts them into dist, ready to use; writes the schemas. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { sha256 } from '../src/files/hashes.ts';
import { jsonSchemas } from '../src/files/json-schemas.ts';
import type { BuiltInData } from '../src/files/library.ts';
import { familyFromYaml, type Parsed, policyFromYaml, stackFromYaml } from '../src/files/parse.ts';

function build<T>(path: string, parse: (text: string, file: string) => Parsed<T>): T {
  const text = readFileSync(`${path}.yaml`, 'utf8');
  const { value, lines } = parse(text, `${path}.yaml`);
  const data: BuiltInData = { source: sha256(text), value, lines, ...(/^(stacks|policies)\//.test(path) && { text }) };
  write(`dist/data/${path}.json`, JSON.stringify(data));
  return value;
}

function write(file: string, contents: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, contents);
}

const names = (folder: string) => readdirSync(folder).map((file) => file.replace(/\.yaml$/, ''));

const policies = Object.fromEntries(names('policies').map((name) => [name, build(`policies/${name}`, policyFromYaml)]));
for (const name of names('stacks')) {
  build(`stacks/${name}/stack`, (text, file) => stackFromYaml(text, file, (policy) => policies[policy]!));
}
for (const provider of names('profiles')) {
  for (const name of names(`profiles/${provider}`))
    build(`profiles/${provider}/${name}`, (text, file) => ({ ...familyFromYaml(text, file), lines: {} }));
}
for (const [file, schema] of Object.entries(jsonSchemas())) write(`schemas/${file}`, schema);
