/** `dualbn config`: the complete configuration that a preset, a file and overrides add up to. Runs nothing. */

import {
  configurationHash,
  plainConfiguration,
  presetNames,
  resolveConfiguration,
  writeConfiguration,
} from '../../configuration/index.ts';
import { printJson } from '../io.ts';
import type { AddCommand } from '../options.ts';
import { jsonOption, setOption } from '../options.ts';

interface Options {
  readonly set: readonly string[];
  readonly json?: true;
}

export const addConfig: AddCommand = (program, io) => {
  program
    .command('config')
    .summary('print a complete configuration, or all that is wrong with it')
    .description('Prints the configuration that a preset or file and overrides add up to, every key in it.')
    .argument(
      '[preset|file]',
      `${presetNames().join(', ')}, or the path of a YAML file; without it, the defaults`,
    )
    .addOption(setOption())
    .addOption(jsonOption())
    .action((preset: string | undefined, { set, json }: Options) => {
      const request = preset === undefined ? { overrides: set } : { preset, overrides: set };
      const { configuration, sources, notes } = resolveConfiguration(request);
      for (const note of notes) io.stderr.write(`${note}\n`);
      const hash = configurationHash(configuration);
      if (json) printJson(io, { configuration: plainConfiguration(configuration), hash, sources });
      else io.stdout.write(`# configuration ${hash}\n${writeConfiguration(configuration)}`);
    });
};
