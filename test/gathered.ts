/** What gathers inputs, as tests call it: at once, with every module there. */

import * as library from '../src/files/library.ts';
import * as machines from '../src/files/machines.ts';
import { type Gathering, gatherNow } from '../src/gather.ts';
import { provideModules } from '../src/requests/modules.ts';
import * as planning from '../src/requests/plans.ts';
import * as request from '../src/requests/request.ts';

provideModules();

const now =
  <Arguments extends unknown[], T>(gathering: (...args: Arguments) => Gathering<T>) =>
  (...args: Arguments): T =>
    gatherNow(gathering(...args));

export const loadFamily = now(library.loadFamily);
export const loadOverrides = now(library.loadOverrides);
export const loadPlatform = now(library.loadPlatform);
export const loadProfile = now(library.loadProfile);
export const loadStack = now(library.loadStack);
export const listCatalogue = now(machines.listCatalogue);
export const matchPattern = now(machines.matchPattern);
export const resolveRequests = now(request.resolveRequests);
const gatherInputs = now(request.gatherInputs);

export function planAll(...asked: Parameters<typeof request.gatherInputs>): planning.Planned[] {
  return planning.planAll(gatherInputs(...asked));
}
