/** `dualbn data list|get|check`: which data sets are here, getting one, and whether its files are sound. */

import {
  checkDataset,
  type DatasetCheck,
  type DatasetListing,
  type DownloadProgress,
  getDataset,
  listDatasets,
} from '../../data/index.ts';
import { formatBytes, formatTable, type Io, printJson } from '../io.ts';
import type { AddCommand } from '../options.ts';
import { dataOption, jsonOption } from '../options.ts';
import { createProgress, type ProgressBar } from '../progress.ts';

interface Options {
  readonly data?: string;
  readonly json?: true;
}

export const addData: AddCommand = (program, io) => {
  const data = program
    .command('data')
    .summary('list, get and check data sets')
    .description('Looks after data sets.');

  data
    .command('list')
    .description('Lists the known data sets, and where those on this machine are.')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async ({ data: directory, json }: Options) => {
      const listings = await listDatasets(where(io, directory));
      if (json) printJson(io, listings);
      else
        io.stdout.write(
          formatTable([{ title: 'name' }, { title: 'state' }, { title: 'where' }], listings.map(row)),
        );
    });

  data
    .command('get')
    .description(
      'Downloads a data set from its official home, unless it is here already, and prints its directory.',
    )
    .argument('<name>', 'a name of `dualbn data list`')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (name: string, { data: directory, json }: Options) => {
      const downloads = new Map<string, ProgressBar>();
      const onProgress = ({ file, received, total = 0 }: DownloadProgress) => {
        const progress =
          downloads.get(file) ?? createProgress(io.stderr, { label: file, unit: '', format: formatBytes });
        downloads.set(file, progress);
        progress.update({ done: received, total });
        if (received === total) progress.finish();
      };
      const found = await getDataset(name, {
        ...where(io, directory),
        onProgress,
        signal: io.signal,
      }).finally(() => {
        for (const progress of downloads.values()) progress.finish();
      });
      const result = { name, directory: found.directory, through: found.through };
      if (json) printJson(io, result);
      else io.stdout.write(`${found.directory}\n`);
    });

  data
    .command('check')
    .description(
      'Reads data sets whole and compares their files with the official checksums. Downloads nothing.',
    )
    .argument(
      '[names...]',
      'names of `dualbn data list`, folder:DIRECTORY, or idx:DIRECTORY; without one, all that are here',
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (names: readonly string[], { data: directory, json }: Options) => {
      const options = { ...where(io, directory), download: false };
      const listings = names.length > 0 ? [] : await listDatasets(options);
      const meant = names.length > 0 ? names : listings.filter(({ found }) => found).map(({ name }) => name);
      const checks: DatasetCheck[] = [];
      for (const name of meant) checks.push(await checkDataset(name, options));
      if (json) printJson(io, checks);
      else io.stdout.write(checks.map(describeCheck).join('\n'));
    });
};

function where({ environment }: Io, directory: string | undefined) {
  return directory === undefined ? { environment } : { environment, directory };
}

function row({ name, found, missing, where: place }: DatasetListing): string[] {
  if (place === undefined) return [name, 'not here', `dualbn data get ${name}`];
  const state = found ? formatBytes(place.bytes) : `incomplete: no ${missing.join(', ')}`;
  return [name, state, `${place.directory} (${place.through})`];
}

const COPIES = {
  official: 'every file is the official one',
  'other copy': 'sound, but not the official files byte for byte',
  'own data': 'your own data, sound',
} as const;

function describeCheck({ name, directory, copy, splits, files }: DatasetCheck): string {
  const lines = [
    `${name}: ${COPIES[copy]}`,
    `  in ${directory}`,
    ...splits.map(({ split, count, checksum }) => `  ${split}: ${count} images, sha256 ${checksum}`),
    ...files
      .filter(({ official }) => !official)
      .map(({ path, sha256 }) => `  not official: ${path}, sha256 ${sha256}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
