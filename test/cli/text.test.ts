import { expect, it } from 'vitest';
import { plansText } from '../../src/cli/text.ts';

it.each([
  { plans: ['a/host'], text: 'on a/host' },
  { plans: ['a/host', 'b/host', 'c/host'], text: 'on a/host, b/host, c/host' },
  { plans: ['a/host', 'b/host', 'c/host', 'd/host', 'e/host'], text: 'on a/host, b/host, c/host and 2 more' },
])('$text', ({ plans, text }) => {
  expect(plansText(plans)).toBe(text);
});
