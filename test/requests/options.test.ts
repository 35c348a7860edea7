import { describe, expect, it } from 'vitest';
import { plan, synth } from '../../src/index.ts';
import { runCommand } from '../commands.ts';
import { errorOf } from '../samples.ts';

describe('an error names an option as whoever gave it does', () => {
  it('the command line by its flag', async () => {
    const { err } = await runCommand(['plan', '--profile', 'c6i.8xlarge', '--platform', 'eks', '--kube-reserved', 'x']);
    expect(err).toBe('sizewright: QUANTITY_SYNTAX\n--kube-reserved: expected cpu=500m,memory=1Gi, got "x"\n');
    const other = await runCommand(['explain', '--environ', 'start.log', '--kube-reserved', 'cpu=1']);
    expect(other.err).toMatch(/, got --kube-reserved\n$/);
  });

  it.each([
    [{ profiles: ['c6i.8xlarge'], kubeReserved: 'x' }, 'kubeReserved: expected cpu=500m,memory=1Gi, got "x"'],
    [{ cpu: '4' }, 'memory: expected cpu and memory together, got one of them'],
    [{ profiles: ['a'], limits: '1cpu-1gi' }, /^profiles: expected either profiles or limits, got both; /],
    [{ profiles: ['c6i.8xlarge'], platform: 'eksx' }, /^platform: expected one of host, .* did you mean eks\?$/],
  ])('the library by its key: %j', async (options, message) => {
    const error = await errorOf(() => plan({ platform: 'eks', ...options }));
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  it('a synth of the library by its own', async () => {
    const { path } = await errorOf(() => synth({ profiles: ['4cpu-8gi'], targets: ['composer'] }));
    expect(path).toBe('targets');
  });
});

it('findings of the library name them by their keys too', async () => {
  const [made] = await plan({ profiles: ['c6i.8xlarge'], set: ['api.ORT_INTRA_OP_NUM_THREADS=4'] });
  const one = made!.findings.find(({ code }) => code === 'SESSIONS_OVERSUBSCRIBE_CPU')!;
  expect(one.message).toMatch(/ cores run: set api\.ORT_INTRA_OP_NUM_THREADS=1$/);
});

it('every option is in the command that makes the files again', async () => {
  const options = [
    ...['--available', '4Gi', '--stack', 'spatialvortex', '--external', 'postgres,redis', '--kube-reserved', 'cpu=1'],
    ...['--system-reserved', 'cpu=1', '--eviction-hard', '200Mi', '--every-node', 'cpu=1', '--max-pods', '58'],
    ...['--set', 'api.ACTIX_WORKERS=4', '--min', 'api.ONNX_POOL_SIZE=4', '--max', 'api.ONNX_POOL_SIZE=9'],
  ];
  const argv = ['synth', '--profile', 'c6i.8xlarge', ...options, '--platform', 'eks'];
  const { out, err } = await runCommand([...argv, '--target', 'kubernetes', '-o', '-']);
  expect(err).toBe('');
  expect(out.split('\n')).toContain(`# make again: sizewright ${argv.join(' ')}`);
});
