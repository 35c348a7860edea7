/** The Linux distribution of images that are built from: it decides the package manager and the C library. */
import { fail } from '../errors/errors.ts';

/** `debian` stands for what has apt-get, `alpine` for what has apk. */
export const DISTRIBUTIONS = ['debian', 'alpine'] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** Words in an image's name or tag that tell its distribution. */
const TELLING: Readonly<Record<Distribution | 'other', readonly string[]>> = {
  alpine: ['alpine'],
  debian: ['debian', 'ubuntu', 'bookworm', 'trixie', 'bullseye', 'noble', 'jammy'],
  other: [
    'distroless',
    'scratch',
    'busybox',
    'wolfi',
    'chainguard',
    'chiseled',
    'fedora',
    'centos',
    'rockylinux',
    'almalinux',
    'amazonlinux',
    'oraclelinux',
    'ubi',
    'suse',
    'opensuse',
    'archlinux',
    'nixos',
    'photon',
    'mariner',
    'azurelinux',
    'windows',
    'nanoserver',
  ],
};
/** An official image whose tags are of Debian unless they say alpine. */
const DEBIAN_BY_DEFAULT = /^(docker\.io\/)?(library\/)?rust(:[0-9.]+)?(-slim)?(@.*)?$/;

interface Images {
  buildImage: string;
  runtimeImage: string;
}

/**
 * The one distribution of both images. A program built on Debian is linked with glibc, which Alpine has not.
 * @throws STACK_INVALID where a name tells none, another one, or two
 */
export function distributionOf(images: Images, path: string): Distribution {
  const of = (field: keyof Images): Distribution => {
    const told = tellDistribution(images[field]);
    if (told === 'other')
      return refuse(
        field,
        'expected an image of Debian or Alpine, because the Dockerfile installs packages and adds a user with their commands',
      );
    return (
      told ?? refuse(field, 'expected an image whose name tells debian or alpine; say distribution: debian or alpine')
    );
  };
  const refuse = (field: keyof Images, message: string): never => {
    const [rule, remedy = 'name another, such as debian:bookworm-slim or alpine:3.22'] = message.split('; ');
    return fail('STACK_INVALID', `${path}.${field}`, `${rule}, got ${images[field]}; ${remedy}`);
  };
  const [build, runtime] = [of('buildImage'), of('runtimeImage')];
  if (build !== runtime)
    refuse(
      'runtimeImage',
      `expected an image of ${build} like ${images.buildImage}, because the program is linked with its C library; name two of one distribution`,
    );
  return build;
}

/** By the words of its path and tag, without the registry's host and the digest. */
function tellDistribution(image: string): Distribution | 'other' | undefined {
  const [reference = ''] = image.split('@');
  const words = reference.replace(/^[^/]*[.:][^/]*\//, '').split(/[^a-z0-9]+|(?<=[a-z])(?=[0-9])/);
  const told = (['other', 'alpine', 'debian'] as const).find((name) =>
    TELLING[name].some((word) => words.includes(word) || (name === 'alpine' && reference.includes(word))),
  );
  return told ?? (DEBIAN_BY_DEFAULT.test(image) ? 'debian' : undefined);
}
