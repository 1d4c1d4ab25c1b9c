/** Options that several commands share. */

import { Option } from 'commander';

/** `--set key=value`, as often as one likes. */
export function setOption(): Option {
  return new Option('--set <key=value>', 'override a key of the configuration; may be given more than once')
    .default([], 'none')
    .argParser((override: string, before: string[]) => [...before, override]);
}

export function dataOption(): Option {
  return new Option('--data <directory>', 'where data sets are looked for, and downloaded to');
}

export function jsonOption(): Option {
  return new Option('--json', 'print exactly one JSON document');
}
