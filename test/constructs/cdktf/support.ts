/** Apps of cdktf, and what they synthesize without what cdktf generates: names of resources with hashes, and `//`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdktf';
import { afterAll } from 'vitest';

const outdir = mkdtempSync(join(tmpdir(), 'sizewright-cdktf-'));
afterAll(() => rmSync(outdir, { recursive: true }));

/** An app that leaves no folder behind. */
export function testApp(): App {
  return new App({ outdir });
}

type Members = Record<string, unknown>;

interface Configuration {
  resource?: Record<string, Record<string, unknown>>;
  [section: string]: unknown;
}

/** Every resource under the name of its construct, references to it too. */
export function withoutGenerated(configuration: Configuration): Configuration {
  const { resource = {} } = configuration;
  const named = Object.entries(resource).flatMap(([type, byName]) =>
    Object.entries(byName).map(([name, attributes]) => {
      const { path } = ((attributes as Members)['//'] as { metadata: { path: string } }).metadata;
      return [`${type}.${name}`, `${type}.${path.split('/').at(-1)}`] as const;
    }),
  );
  const renamed = (text: string) => named.reduce((done, [from, to]) => done.replaceAll(from, to), text);
  const plain = (value: unknown): unknown => {
    if (typeof value === 'string') return renamed(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(plain);
    const { '//': _, ...members } = value as Members;
    return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, plain(member)]));
  };
  const resources = Object.entries(resource).map(([type, byName]) => [
    type,
    Object.fromEntries(
      Object.entries(byName).map(([name, attributes]) => [renamed(`${type}.${name}`).split('.')[1]!, attributes]),
    ),
  ]);
  return plain({ ...configuration, resource: Object.fromEntries(resources) }) as Configuration;
}
