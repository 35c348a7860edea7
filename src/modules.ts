/** Every module that is otherwise loaded when it is needed, for callers that cannot wait. */
import * as machines from './catalogue/machines.ts';
import { catalogue } from './hardware-options.ts';
import * as host from './host/index.ts';
import { hosts, parsers } from './sources/library.ts';
import * as parse from './sources/parse.ts';

export function provideModules(): void {
  parsers.loaded = parse;
  hosts.loaded = host;
  catalogue.loaded = machines;
}
