/** Every module that is otherwise loaded when it is needed, for callers that cannot wait. */

import { hosts, parsers } from '../files/library.ts';
import * as machines from '../files/machines.ts';
import * as parse from '../files/parse.ts';
import * as host from '../hardware/host/index.ts';
import { catalogue } from './hardware.ts';

export function provideModules(): void {
  parsers.loaded = parse;
  hosts.loaded = host;
  catalogue.loaded = machines;
}
