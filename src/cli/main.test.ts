/** The installed command: built, and run as a process of its own. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot, packageVersion } from '../configuration/index.ts';
import { checkpointPath, readCheckpoint } from '../runs/index.ts';
import { built } from '../testing/built.ts';

const main = join(packageRoot, 'dist', 'cli', 'main.js');

/** Runs the command and gives what it printed, also where it fails. */
async function dualbn(...argv: string[]) {
  const child = spawn(process.execPath, [main, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes) => {
    printed.stdout += bytes;
  });
  child.stderr.on('data', (bytes) => {
    printed.stderr += bytes;
  });
  const [status] = await once(child, 'close');
  return { status, ...printed };
}

/** JavaScript as a module that can be imported without a file. */
const asModule = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;

beforeAll(() => built(), 300_000);

// oneDNN's memory needs more address space than this; V8 reserves it whole.
describe.runIf(process.platform === 'linux')('with 4 GB of address space', () => {
  const limited = (...argv: string[]) =>
    promisify(execFile)('bash', ['-c', 'ulimit -v 4000000; "$@"', 'bash', process.execPath, ...argv]);

  it('the engine auto is ONNX Runtime, and says why', async () => {
    const room = pathToFileURL(join(packageRoot, 'dist', 'engines', 'create.js'));
    const program = `
      import { createEngine } from '${room}';
      const engine = await createEngine({ announce: (line) => console.log(line) });
      console.log(engine.describe().name);
      await engine.dispose();`;
    const { stdout } = await limited('--input-type=module', '-e', program);
    expect(stdout.split('\n')[0]).toMatch(
      /^engine: ONNX Runtime, as oneDNN (got no address space|was not found)/,
    );
    expect(stdout.split('\n')[1]).toBe('onnx');
  });

  it('doctor says what there is', async () => {
    const { stdout } = await limited(main, 'doctor');
    expect(stdout).toMatch(/onednn +not here/);
    expect(stdout).toMatch(/onnx +found/);
    expect(stdout).toContain('Used unless told otherwise: onnx');
  });
});

describe('the built command', () => {
  it('finds its version and its presets', async () => {
    expect(await dualbn('--version')).toEqual({ status: 0, stdout: `${packageVersion}\n`, stderr: '' });
    const { status, stdout } = await dualbn('config', 'tiny', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout).configuration.network.name).toBe('resnet8');
  });

  it('ends with 2 and a message for bad input', async () => {
    const { status, stdout, stderr } = await dualbn('config', 'tiny', '--set', 'attack.epsilon=8');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('did you mean 8/255?');
    expect(await dualbn('config', '--nonsense')).toMatchObject({ status: 2, stdout: '' });
  });

  it('loads what draws only where something is drawn', async () => {
    const hooks = `export const load = (url, context, next) => {
      if (/node_modules.(vega|sharp|@img)/.test(url)) throw new Error('loaded ' + url);
      return next(url, context);
    };`;
    const register = `import { register } from 'node:module'; register(${JSON.stringify(asModule(hooks))});`;
    const importing = async (...names: string[]) => {
      const imports = names.map((name) => `await import(${JSON.stringify(name)});`).join('');
      const flags = ['--import', asModule(register), '--input-type=module', '--eval', imports];
      return promisify(execFile)(process.execPath, flags, { cwd: packageRoot }).then(
        () => 'imported',
        (error: Error) => error.message,
      );
    };
    expect(await importing('vega')).toContain('Error: loaded file:');
    const rooms = ['index.js', 'figures/index.js', 'report/index.js', 'cli/program.js'];
    expect(await importing(...rooms.map((name) => `./dist/${name}`))).toBe('imported');
  });

  it('does not mind a reader that stops early', async () => {
    const child = spawn(process.execPath, [main, 'config', 'tiny'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (bytes) => {
      stderr += bytes;
    });
    child.stdout.destroy();
    const [status] = await once(child, 'close');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it.skipIf(process.platform !== 'linux')('says in a line that its results cannot be written', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [main, 'config', 'tiny'], { stdio: ['ignore', full, 'pipe'] });
    let stderr = '';
    child.stderr?.on('data', (bytes) => {
      stderr += bytes;
    });
    const [status] = await once(child, 'close');
    closeSync(full);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'error: cannot write to standard output: no space left on the device\n',
    });
  });
});

describe('a training in a process of its own', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dualbn-killed-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const settings = (engine: string) =>
    [
      ...[
        'data.trainExamples=80',
        'data.validationExamples=20',
        'batchSize=8',
        'epochs=3',
        'network.width=4',
      ],
      ...['attack.steps=1', 'validation.attack=pgd-1', `engine={name: ${engine}, threads: 2}`],
    ].flatMap((override) => ['--set', override]);
  const begin = (engine: string, run: string) => ['train', 'tiny', '--run', run, ...settings(engine)];
  const metricsOf = (run: string) => join(run, 'metrics.jsonl');
  const records = (run: string, kind: string) =>
    existsSync(metricsOf(run))
      ? readFileSync(metricsOf(run), 'utf8').split(`"kind":"${kind}"`).length - 1
      : 0;

  /** Runs the command until something is so, then sends the signal. What the process ended with. */
  async function cut(argv: readonly string[], signal: NodeJS.Signals, isReached: () => boolean) {
    const child = spawn(process.execPath, [main, ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (bytes) => {
      stderr += bytes;
    });
    const closed = once(child, 'close');
    while (!isReached()) {
      if (child.exitCode !== null) throw new Error(`it ended before it was cut: ${stderr}`);
      await setTimeout(2);
    }
    child.kill(signal);
    const [status, by] = await closed;
    return { status, by };
  }

  /** All that a run left, but for the clock: a checkpoint notes how long the metrics are, times included. */
  async function outcome(run: string) {
    const state = async (name: 'last' | 'best') => {
      const { tensors, metadata } = await readCheckpoint(checkpointPath(run, name));
      return { tensors, ...metadata, metricsBytes: 0 };
    };
    return {
      metrics: readFileSync(metricsOf(run), 'utf8').replaceAll(/"seconds":[^,}]*/g, '"seconds":0'),
      epochs: readFileSync(join(run, 'summary.csv'), 'utf8').split('\n').length,
      last: await state('last'),
      best: await state('best'),
    };
  }

  /** Moments in the course of a run, each later than the one before. */
  const moments: readonly ((run: string) => boolean)[] = [
    existsSync,
    (run) => records(run, 'step') >= 4,
    (run) => records(run, 'epoch') === 1,
    (run) => records(run, 'step') >= 17,
  ];

  const wholes = new Map<string, ReturnType<typeof outcome>>();
  async function uncut(engine: string) {
    const run = join(folder, `whole-${engine}`);
    expect(await dualbn(...begin(engine, run))).toMatchObject({ status: 0 });
    return outcome(run);
  }

  it.each<[string, readonly NodeJS.Signals[], object]>([
    ['onednn', ['SIGKILL'], { status: null, by: 'SIGKILL' }],
    ['onnx', ['SIGKILL'], { status: null, by: 'SIGKILL' }],
    ['onednn', ['SIGHUP', 'SIGQUIT', 'SIGTERM', 'SIGINT'], { status: 130, by: null }],
  ])('on %s, cut by %j at any moment, is resumed to the same bits', async (engine, signals, ends) => {
    const whole = wholes.get(engine) ?? uncut(engine);
    wholes.set(engine, whole);
    await whole;
    const run = join(folder, `${engine}-${signals[0]}`);
    for (const [i, isReached] of moments.entries()) {
      const argv = i === 0 ? begin(engine, run) : ['resume', run];
      // The moment may have come before the last cut took effect; a process that is still loading knows no signal.
      const isAtWork = () => i === 0 || existsSync(join(run, 'lock'));
      const signal = signals[i % signals.length];
      expect(await cut(argv, signal, () => isAtWork() && isReached(run))).toEqual(ends);
      // Whoever could, gave the run free.
      if (!signals.includes('SIGKILL')) expect(existsSync(join(run, 'lock'))).toBe(false);
    }
    expect(await dualbn('resume', run)).toMatchObject({ status: 0, stdout: `${run}\n` });
    expect(await outcome(run)).toEqual(await whole);
  });

  it('goes on when nobody reads what it says', async () => {
    const run = join(folder, 'unread');
    const child = spawn(process.execPath, [main, ...begin('onednn', run)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    child.stderr.once('data', () => child.stderr.destroy());
    const [status] = await once(child, 'close');
    expect({ status, epochs: records(run, 'epoch') }).toEqual({ status: 0, epochs: 3 });
    expect(existsSync(join(run, 'lock'))).toBe(false);
  });
});
