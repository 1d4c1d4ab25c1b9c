/** The installed command: built, and run as a process of its own. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot, packageVersion } from '../configuration/index.ts';
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
});
