import { gather } from '../gather.ts';
import type { Planned } from '../requests/plans.ts';
import type { Io } from './io.ts';
import { planOptionsOf, type SharedFlags } from './options.ts';
import { hostLines } from './text.ts';

/**
 * Plans for a command that only prints. What is free on profile `host` counts, because that is how it is now; files that
 * are written leave it out, because it would make two runs differ.
 * @param policies what is sized, where no stack is
 */
export async function planNow(
  flags: SharedFlags & { platform: string },
  io: Io,
  policies?: readonly string[],
): Promise<Planned[]> {
  const [{ planAll }, { gatherInputs }] = await Promise.all([
    import('../requests/plans.ts'),
    import('../requests/request.ts'),
  ]);
  const options = planOptionsOf({ free: true, ...flags }, io);
  const sized = policies && (await gather((await import('../files/sized-stack.ts')).sizedStack(io.files, policies)));
  const planned = planAll(await gather(gatherInputs(options, [flags.platform], io.files, sized)));
  io.err(hostLines(planned.find(({ request }) => request.host)?.request.host, options));
  return planned;
}
