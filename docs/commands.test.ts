/** Every command line of the docs is one that the program takes: its command, its options, and values as the options read them. */
import { Command, CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { commands } from '../src/cli/commands/index.ts';
import type { Io } from '../src/cli/io.ts';
import { docsPages } from '../src/testing/docs-pages.ts';

/** An analysis that a page teaches to add. */
const taught = 'analyze RUN brightness --gain 2';

/**
 * In a block or in a line of text, without what is said of it. What is left open (`...`, `a|b`, `[a]`, a shell's variable) is no
 * command line.
 */
const lines = docsPages.flatMap(({ page, text }) =>
  [...text.matchAll(/(?:^ {4}|^|&& |`)(?:npx )?dualbn ([a-z][^`\n]*)/gm)]
    .map(([, line]) => line.replace(/ +# .*$| {2,}.*$/, '').trim())
    .filter((line) => !/[|$[]|\.\.\./.test(line) && line !== taught)
    .map((line) => ({ page, line })),
);

const wordsOf = (line: string) =>
  (line.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll(/^["']|["']$/g, ''));

/** The program, which does nothing. */
function program(): Command {
  const nowhere = { write: () => {} };
  const io: Io = {
    ...{ stdout: nowhere, stderr: nowhere, environment: {} },
    signal: new AbortController().signal,
  };
  const made = new Command('dualbn').exitOverride().configureOutput({ writeOut() {}, writeErr() {} });
  for (const add of commands) add(made, io);
  const silence = (command: Command) => {
    command.action(() => {});
    command.commands.forEach(silence);
  };
  made.commands.forEach(silence);
  return made;
}

test('there are command lines in the docs', () => {
  expect(lines.length).toBeGreaterThan(50);
});

test.each(lines)('$page: dualbn $line', async ({ line }) => {
  try {
    await program().parseAsync(wordsOf(line), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // A command that is only spoken of.
    if (error.code === 'commander.missingArgument' || error.exitCode === 0) return;
    expect.fail(error.message);
  }
});
