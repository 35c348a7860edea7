/** Debian's cloud-init, which is not installed: it would run at the next start of this machine. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './generated.ts';
import { pythonEnvironment } from './python.ts';
import { run } from './run.ts';
import { unpackPackage } from './tools.ts';

/** What its package depends on, as far as it is asked to check. */
const MODULES = [
  'configobj==5.0.9',
  'jinja2==3.1.6',
  'jsonpatch==1.33',
  'jsonschema==4.25.1',
  'oauthlib==3.3.1',
  'pyyaml==6.0.3',
  'requests==2.32.5',
];

/** Has cloud-init check user data against its own schema. @returns what it prints @throws with what it refuses */
export async function checkUserData(text: string): Promise<string> {
  const [package_, python] = [await unpackPackage('cloud-init'), await pythonEnvironment(MODULES)];
  const file = join(temporaryFolder(), 'user-data');
  writeFileSync(file, text);
  return run(join(python, 'bin/python'), [join(package_, 'usr/bin/cloud-init'), 'schema', '--config-file', file], {
    env: { PYTHONPATH: join(package_, 'usr/lib/python3/dist-packages') },
  });
}
