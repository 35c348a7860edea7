import { expect, it } from 'vitest';
import { distributionOf } from '../../src/stack/distribution.ts';
import { problemsOf, service, stackOf } from '../samples.ts';

it.each([
  ['rust:1-bookworm', 'debian:bookworm-slim', 'debian'],
  ['rust:1', 'ubuntu:24.04', 'debian'],
  ['rust:1.90-slim', 'buildpack-deps:trixie', 'debian'],
  ['docker.io/library/rust:1', 'registry.example.com:5000/base/debian12:7', 'debian'],
  ['rust:1-alpine3.22', 'alpine:3.22', 'alpine'],
  ['rust:1.90-alpine', 'ghcr.io/acme/alpine-base@sha256:0000', 'alpine'],
])('%s and %s are of %s %s', (buildImage, runtimeImage, distribution) => {
  expect(distributionOf({ buildImage, runtimeImage }, 'build')).toBe(distribution);
});

const RULE =
  'expected an image of Debian or Alpine, because the Dockerfile installs packages and adds a user with their commands';
const REMEDY = 'name another, such as debian:bookworm-slim or alpine:3.22';

it.each([
  ...['gcr.io/distroless/cc-debian12', 'scratch', 'cgr.dev/chainguard/static:latest', 'fedora:42', 'rockylinux:9'].map(
    (image) => ({ build: 'rust:1', image, said: `${RULE}, got ${image}; ${REMEDY}` }),
  ),
  {
    build: 'rust:1',
    image: 'registry.example.com/base:7',
    said: 'expected an image whose name tells debian or alpine, got registry.example.com/base:7; say distribution: debian or alpine',
  },
  {
    build: 'rust:1-bookworm',
    image: 'alpine:3.22',
    said: 'expected an image of debian like rust:1-bookworm, because the program is linked with its C library, got alpine:3.22; name two of one distribution',
  },
])('$image is refused', ({ build, image, said }) => {
  expect(problemsOf(() => distributionOf({ buildImage: build, runtimeImage: image }, 'build'))).toEqual([
    `STACK_INVALID build.runtimeImage: ${said}`,
  ]);
});

it('is what the stack says where it says so', () => {
  const build = {
    template: 'rust',
    binary: 'web',
    buildImage: 'registry.example.com/builder:7',
    runtimeImage: 'registry.example.com/base:7',
    distribution: 'alpine',
  };
  expect(stackOf({ services: { web: service({ build }) } }).services[0]!.deploy?.build?.distribution).toBe('alpine');
});
