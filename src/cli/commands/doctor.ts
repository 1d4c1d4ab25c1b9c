/** `dualbn doctor`: what is here, what is used, and what one command would improve. */
import { type Diagnosis, diagnose, type EngineFinding } from '../../experiments/index.ts';
import { formatTable, printJson } from '../io.ts';
import type { AddCommand } from '../options.ts';
import { dataOption, jsonOption } from '../options.ts';

interface Options {
  readonly data?: string;
  readonly json?: true;
}

export const addDoctor: AddCommand = (program, io) => {
  program
    .command('doctor')
    .summary('say what was found on this machine, and what would improve it')
    .description(
      'Says which engine, library, instruction set, threads and data sets there are. Changes nothing.',
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async ({ data, json }: Options) => {
      const { environment } = io;
      const diagnosis = await diagnose(
        data === undefined ? { environment } : { environment, directory: data },
      );
      if (json) printJson(io, diagnosis);
      else io.stdout.write(describe(diagnosis));
    });
};

function engineRow({ name, found, description, problem = '' }: EngineFinding): string[] {
  if (!found || !description) return [name, 'not here', problem];
  const { version, threads, instructionSet, settings } = description;
  const more = Object.entries(settings).map(([key, value]) => `${key} ${value}`);
  return [name, 'found', [`version ${version}`, instructionSet, `${threads} threads`, ...more].join(', ')];
}

function describe({
  node,
  platform,
  cores,
  memoryGb,
  engines,
  devices,
  automatic,
  datasets,
  improvements,
}: Diagnosis): string {
  const data = datasets.map(({ name, found, where }) => [
    name,
    found ? 'found' : 'not here',
    where?.directory ?? '',
  ]);
  const better =
    improvements.length === 0
      ? ['Nothing is missing.']
      : ['To improve it:', ...improvements.map(({ command, why }) => `  ${command}\n      ${why}`)];
  return [
    `node ${node}, ${platform}, ${cores} cores, ${memoryGb} GB of memory`,
    '',
    formatTable([{ title: 'engine' }, { title: '' }, { title: '' }], engines.map(engineRow)),
    automatic ? `Used unless told otherwise: ${automatic}` : 'No engine fit for training was found.',
    ...(devices.length > 0 ? [`Devices of onnx (--device): ${devices.join(', ')}`] : []),
    '',
    formatTable([{ title: 'data set' }, { title: '' }, { title: '' }], data),
    ...better,
    '',
  ].join('\n');
}
