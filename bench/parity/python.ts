/** Finds a Python that has PyTorch, and runs the other side of a parity case in it. */
import { execFile, execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Debian's python3 has Debian's python3-torch; a version manager's python3 on the path usually has not. */
export const python = process.env.DUALBN_PYTHON ?? '/usr/bin/python3';

// Looks whether they are there without importing them, which takes seconds.
const findThem =
  'import importlib.util as u, sys; sys.exit(not (u.find_spec("torch") and u.find_spec("numpy")))';

/** Why parity cannot be tested here, or undefined if it can. */
export function whyNoPytorch(): string | undefined {
  try {
    execFileSync(python, ['-c', findThem], { stdio: 'ignore' });
    return undefined;
  } catch {
    return `${python} has no torch and numpy (Debian: python3-torch, python3-numpy; or set DUALBN_PYTHON)`;
  }
}

/** Run a script, named relative to bench/ or absolutely; what it prints, or an error with its traceback. */
export async function runPython(script: string, args: readonly string[]): Promise<string> {
  const path = resolve(fileURLToPath(new URL('..', import.meta.url)), script);
  const { stdout } = await promisify(execFile)(python, ['-B', path, ...args]);
  return stdout;
}
