#!/usr/bin/env node

/** The process around the program: its streams, the signals that interrupt it, and the exit code. */

import { watchOutputs } from './io.ts';
import { interruptionOf, run } from './program.ts';

let outputStatus = 0;
watchOutputs(process, () => {
  outputStatus = 1;
  // Should all else be done already.
  process.exitCode ||= 1;
});

const status = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  signal: interruptionOf(process),
});
process.exitCode = status || outputStatus;
