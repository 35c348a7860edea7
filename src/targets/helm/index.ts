/** One Helm chart for all profiles, with a file of values for each. */

import { emitYaml } from '../../formats/yaml.ts';
import { headerLines } from '../header.ts';
import { kubernetes } from '../kubernetes/index.ts';
import { commentLines } from '../kubernetes/object.ts';
import { streamOfFiles, variantName } from '../spanning.ts';
import type { Artifact, RenderInput, StackTarget } from '../target.ts';
import { about } from './about.ts';
import { chartFile, HELM_IGNORE, notes, readme, testFile } from './chart.ts';
import { helpers } from './helpers.ts';
import { objectTemplates } from './objects.ts';
import { read } from './read.ts';
import { valuesSchema } from './schema.ts';
import { plain } from './template.ts';
import { allValues, hardwareValues, laidOver } from './values.ts';

export const helm: StackTarget = {
  ...about,
  unsupported: (inputs) => inputs.map((input) => kubernetes.unsupported?.(input)).find(Boolean),
  render,
  stream: streamOfFiles,
  read,
};

function render(inputs: readonly RenderInput[]): Artifact[] {
  const first = inputs[0]!;
  const header = commentLines(headerLines(...inputs));
  const yaml = (path: string, value: unknown, head = header): Artifact => ({
    path,
    contents: `${head}${emitYaml(value)}`,
  });
  const test = testFile(first, plain(header));
  const hardware = hardwareValues(first);
  return [
    yaml('Chart.yaml', chartFile(first)),
    { path: '.helmignore', contents: `${header}${HELM_IGNORE}` },
    { path: 'README.md', contents: readme(inputs) },
    yaml('values.yaml', allValues(first)),
    ...inputs.map((input) =>
      yaml(
        `values-${variantName(input, inputs)}.yaml`,
        laidOver(hardwareValues(input), hardware),
        commentLines(headerLines(input)),
      ),
    ),
    { path: 'values.schema.json', contents: `${JSON.stringify(valuesSchema(inputs), null, 2)}\n` },
    { path: 'templates/_helpers.tpl', contents: helpers(first) },
    ...objectTemplates(first, plain(header)).map((file) => ({ ...file, path: `templates/${file.path}` })),
    { path: 'templates/NOTES.txt', contents: notes(first) },
    ...(test === '' ? [] : [{ path: 'templates/tests/connection.yaml', contents: test }]),
  ];
}
