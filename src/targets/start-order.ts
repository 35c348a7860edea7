/** Which services have to run before others start. */
import { findService } from '../stack/stack.ts';
import type { RenderedService } from './rendered.ts';
import { renderedServices } from './services.ts';
import type { RenderInput } from './target.ts';

/** Services of the plan that this one calls. Calls that go in a circle can't wait for each other: they are left out. */
export function waitsFor({ plan, stack }: RenderInput, service: string): string[] {
  const callsOf = (name: string) =>
    findService(stack, name).connectsTo.filter((other) => Object.hasOwn(plan.services, other));
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    from === to || callsOf(from).some((next) => !seen.has(next) && reaches(next, to, seen.add(next)));
  return callsOf(service).filter((name) => !reaches(name, service));
}

/** The services of the plan, each behind those that it waits for; else in stack order. */
export function inStartOrder(input: RenderInput): RenderedService[] {
  const waiting = [...renderedServices(input)];
  const ordered: RenderedService[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ service }) => {
      const needed = waitsFor(input, service.name);
      return !waiting.some((other) => needed.includes(other.service.name));
    });
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}
