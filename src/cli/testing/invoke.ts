/** Running a command line in a test, with its streams caught. */

import type { Io } from '../io.ts';
import type { AddCommand } from '../options.ts';
import { run } from '../program.ts';

export interface Invocation {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Circumstances {
  readonly environment?: Io['environment'];
  readonly signal?: AbortSignal;
  readonly table?: readonly AddCommand[];
}

/** Runs `dualbn ARGV` in this process. */
export async function invoke(
  argv: readonly string[],
  circumstances: Circumstances = {},
): Promise<Invocation> {
  const { environment = {}, signal = new AbortController().signal, table } = circumstances;
  const written = { stdout: '', stderr: '' };
  const catching = (stream: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[stream] += text;
    },
  });
  const io: Io = { stdout: catching('stdout'), stderr: catching('stderr'), environment, signal };
  const status = await run(argv, io, table);
  return { status, ...written };
}
