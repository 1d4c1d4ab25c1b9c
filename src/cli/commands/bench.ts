/** `dualbn bench`: what an attack step, a training step and compilation cost on this machine. */
import { Option } from 'commander';
import { createEngine } from '../../engines/index.ts';
import { runBenchmark } from '../../experiments/index.ts';
import { networkNames } from '../../nn/index.ts';
import { formatTable, printJson } from '../io.ts';
import type { AddCommand } from '../options.ts';
import { announceTo, type EngineChoice, engineOptions, jsonOption, wholeNumber } from '../options.ts';

interface Options extends EngineChoice {
  readonly network: string;
  readonly width?: number;
  readonly batch: number;
  readonly steps: number;
  readonly repeat: number;
  readonly json?: true;
}

export const addBench: AddCommand = (program, io) => {
  const command = program
    .command('bench')
    .summary('time an attack step, a training step and compilation')
    .description(
      'Times one PGD step (evaluation mode, 32x32 images) and one hybrid training step of dual-bn with PGD-10. ' +
        'bench/ in the repository compares the same with PyTorch.',
    )
    .addOption(new Option('--network <name>', 'the network').choices(networkNames).default('resnet18'))
    .option(
      '--width <channels>',
      "channels of the first stage; default the network's own",
      wholeNumber('--width'),
    )
    .option('--batch <images>', 'clean images a step', wholeNumber('--batch'), 64)
    .option('--steps <steps>', 'PGD steps of the training attack', wholeNumber('--steps'), 10)
    .option(
      '--repeat <times>',
      'timed training steps; attack steps are repeated five times as often',
      wholeNumber('--repeat'),
      3,
    )
    .addOption(jsonOption());
  for (const option of engineOptions()) command.addOption(option);
  command.action(async ({ network, width, batch, steps, repeat, json, ...choice }: Options) => {
    const engine = await createEngine({
      name: choice.engine,
      threads: choice.threads,
      convolution: choice.convolution,
      device: choice.device,
      announce: announceTo(io),
    });
    const result = await runBenchmark(engine, {
      network,
      batch,
      attackSteps: steps,
      repetitions: { attack: 5 * repeat, train: repeat },
      signal: io.signal,
      onProgress: (what) => io.stderr.write(`${what}\n`),
      ...(width === undefined ? {} : { width }),
    });
    if (json) printJson(io, result);
    else {
      const { attackStepMs, trainStepMs, compileMs, peakRssMb, ...about } = result;
      io.stdout.write(
        `${Object.entries(about)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')}\n`,
      );
      const rows = [
        ['attack step', `${attackStepMs.toFixed(0)} ms`],
        [`training step (dual-bn, PGD-${steps})`, `${trainStepMs.toFixed(0)} ms`],
        ['compilation of the training step', `${compileMs.toFixed(0)} ms`],
        ['largest memory', `${peakRssMb.toFixed(0)} MB`],
      ];
      io.stdout.write(formatTable([{ title: 'what' }, { title: 'median', align: 'right' }], rows));
    }
  });
};
