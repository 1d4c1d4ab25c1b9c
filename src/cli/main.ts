#!/usr/bin/env node
/** The process around the program: its streams, Ctrl-C, and the exit code. */

import { systemErrorCode } from '../files/index.ts';
import { interruptionOf } from './interruption.ts';
import { run } from './program.ts';

// `dualbn ... | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error) => {
  if (systemErrorCode(error) === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  signal: interruptionOf(process),
});
