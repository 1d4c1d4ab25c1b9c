/**
 * The package as a user gets it: packed, installed into an empty project, type-checked under strict there, and run.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from './configuration/index.ts';
import { built } from './testing/built.ts';

const run = promisify(execFile);
let project: string;

const compilerOptions = {
  target: 'ES2023',
  lib: ['ES2023', 'ESNext.Disposable'],
  module: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: false,
  rewriteRelativeImportExtensions: true,
  // Declarations of dependencies are their own business.
  skipLibCheck: true,
  types: ['node'],
  rootDir: 'examples',
  outDir: 'built',
};

beforeAll(async () => {
  await built();
  project = await mkdtemp(join(tmpdir(), 'dualbn-package-'));
  const npm = (...argv: string[]) => run('npm', argv, { cwd: project, maxBuffer: 2 ** 26 });
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', project], { cwd: packageRoot });
  const { version, devDependencies } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
  const compiler = ['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`);
  // The install scripts of dependencies only fetch what this does not need.
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await npm('install', ...quiet, `./dualbn-${version}.tgz`, ...compiler, 'zod');
});
afterAll(() => rm(project, { recursive: true, force: true }));

/** The file URLs that node loads for a line of code in the project. */
async function loadedBy(code: string): Promise<string> {
  const hooks = `export async function load(url, context, next) { console.error(url); return next(url, context); }`;
  const register = `import { register } from 'node:module'; register('data:text/javascript,${encodeURIComponent(hooks)}');`;
  const { stderr } = await run(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(register)}`, '--input-type=module', '-e', code],
    { cwd: project, maxBuffer: 2 ** 26 },
  );
  return stderr;
}

describe('the package in an empty project', () => {
  test('type-checks the examples under strict, and runs them', async () => {
    await cp(join(project, 'node_modules', 'dualbn', 'examples'), join(project, 'examples'), {
      recursive: true,
    });
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: ['examples'] }),
    );
    const compiler = join(project, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = await run(process.execPath, [compiler, '-p', project], { cwd: project }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
    for (const example of ['own-data', 'own-loss']) {
      const { stdout: printed } = await run(process.execPath, [join('built', `${example}.js`)], {
        cwd: project,
      });
      expect(printed).toContain('clean: clean ');
    }
  });

  test.each(['sharp', 'vega', 'zod', 'onnxruntime', 'koffi'])('dualbn/graph loads no %s', async (heavy) => {
    const loaded = await loadedBy(`await import('dualbn/graph');`);
    expect(loaded).toContain('/dist/graph/index.js');
    expect(loaded).not.toContain(`/node_modules/${heavy}`);
  });

  test.each(['sharp', 'vega', 'onnxruntime', 'koffi', 'commander'])('dualbn loads no %s', async (heavy) => {
    const loaded = await loadedBy(`await import('dualbn');`);
    expect(loaded).toContain('/dist/index.js');
    expect(loaded).not.toContain(`/node_modules/${heavy}`);
  });

  test('every subject can be imported', async () => {
    const { exports } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
    const subjects = Object.keys(exports).filter((name) => !name.endsWith('.json'));
    const code = `for (const name of ${JSON.stringify(subjects)}) await import(name.replace('.', 'dualbn'));`;
    await expect(loadedBy(code)).resolves.toContain('/dist/attacks/index.js');
  });

  test('the command runs', async () => {
    const command = join(project, 'node_modules', '.bin', 'dualbn');
    const { stdout } = await run(command, ['config', 'tiny'], { cwd: project });
    expect(stdout).toContain('regime:');
  });
});
