/** The command lines of all comparisons: that each tells what it is, and refuses what it cannot read before anything is computed. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('.', import.meta.url));
/** A side is started by the script that it belongs to. */
const scripts = readdirSync(folder).filter(
  (name) =>
    name.endsWith('.mjs') &&
    !name.endsWith('-side.mjs') &&
    readFileSync(`${folder}${name}`, 'utf8').includes('npm run build && node bench/'),
);

const run = (name: string, ...args: string[]) =>
  new Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }>((resolve) => {
    execFile(process.execPath, [`${folder}${name}`, ...args], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });

test('there are comparisons', () => {
  expect(scripts).toEqual(['autoattack.mjs', 'compare.mjs', 'evaluation.mjs']);
});

test.each(scripts)('%s --help says what it compares, how it is called, and its options', async (name) => {
  const { code, stdout, stderr } = await run(name, '--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^\S.* against /);
  expect(stdout).toContain(`npm run build && node bench/${name} `);
  expect(stdout).toMatch(/^ {2}--threads <value> +default 2$/m);
  expect(stdout).toMatch(/^ {2}--json$/m);
  expect(stdout).not.toContain(' * ');
});

test.each(scripts)('%s refuses an option that it lacks, and a number that is none', async (name) => {
  const unknown = await run(name, '--norm', 'l2');
  expect(unknown).toMatchObject({ code: 2, stdout: '' });
  expect(unknown.stderr).toMatch(
    /^bench\/[a-z]+\.mjs: Unknown option '--norm'.*; --help lists the options\n$/,
  );
  const none = await run(name, '--original', folder, '--threads', '0');
  expect(none).toMatchObject({ code: 2, stdout: '' });
});
