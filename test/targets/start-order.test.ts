import { expect, it } from 'vitest';
import { inStartOrder, waitsFor } from '../../src/targets/start-order.ts';
import { policyOf, service, stackOf } from '../samples.ts';
import { ALL, inputFor, stackWith } from './kubernetes/support.ts';

const orderOf = (input: Parameters<typeof inStartOrder>[0]) => inStartOrder(input).map((one) => one.service.name);

it('a service starts behind those that it calls, else in stack order', () => {
  const input = inputFor(stackWith({ postgres: { connectsTo: ['redis'] } }), { 'c6i.8xlarge': ALL });
  expect(orderOf(input)).toEqual(['redis', 'postgres', 'api']);
  expect(waitsFor(input, 'api')).toEqual(['postgres', 'redis']);
});

it('not behind one that runs elsewhere', () => {
  const input = inputFor(stackWith({}), { 'c6i.8xlarge': ['api', 'redis'] }, undefined, { external: ['postgres'] });
  expect(orderOf(input)).toEqual(['redis', 'api']);
});

it('of calls in a circle none waits for another', () => {
  const services = {
    web: service({ connectsTo: ['web', 'a'] }),
    a: service({ connectsTo: ['b'] }),
    b: service({ connectsTo: ['a'] }),
  };
  const input = inputFor(stackOf({ services }), { 'c6i.8xlarge': Object.keys(services) }, { demo: policyOf() });
  expect(orderOf(input)).toEqual(['a', 'web', 'b']);
  expect(waitsFor(input, 'a')).toEqual([]);
});
