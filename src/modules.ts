/** Every module that else is loaded when it is needed, for callers that are synchronous. */
import * as machines from './catalogue/machines.ts';
import * as host from './host/index.ts';
import { catalogue } from './request.ts';
import { hosts, parsers } from './sources/library.ts';
import * as parse from './sources/parse.ts';

export function provideModules(): void {
  parsers.provide(parse);
  hosts.provide(host);
  catalogue.provide(machines);
}
