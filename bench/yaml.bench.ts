/** What is behind `emitYaml` and `readYaml`, against the `yaml` package, on the c6i.8xlarge bundle. */
import { bench, describe } from 'vitest';
import { parse, stringify } from 'yaml';
import { readYaml } from '../src/formats/read-yaml.ts';
import { emitYaml } from '../src/formats/yaml.ts';
import { kubernetes } from '../src/targets/kubernetes/index.ts';
import { renderInput } from '../test/support.ts';

const texts = kubernetes
  .render(renderInput('c6i.8xlarge', { platform: 'kubernetes' }))
  .filter(({ path }) => path.endsWith('.yaml') && path !== 'secret.example.yaml')
  .map(({ contents }) => contents);
const objects = texts.map(readYaml);

describe('emit a bundle', () => {
  bench('emitYaml', () => void objects.map(emitYaml));
  bench('yaml', () => void objects.map((object) => stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 })));
});

describe('read a bundle', () => {
  bench('readYaml', () => void texts.map(readYaml));
  bench('yaml', () => void texts.map((text) => parse(text)));
});
