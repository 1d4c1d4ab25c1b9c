/** What of the shift of activations is common to images, as an analysis of a run: see shift.ts. */
import { namedAttack } from '../../attacks/index.ts';
import { leftColumn, percentCell, rightColumn, writtenApBranch } from '../accuracies.ts';
import { apBranchLabel } from '../branches.ts';
import { defineAnalysis } from '../definition.ts';
import { rounded, shownDistance } from '../distances.ts';
import { mixedTestExamples } from '../images.ts';
import { shiftOptions, shiftResult } from './document.ts';
import { shiftFigures } from './figures.ts';
import type { ShiftShares } from './moments.ts';
import { shift } from './shift.ts';

const roundedShares = (shares: ShiftShares): ShiftShares => ({
  commonShare: rounded(shares.commonShare),
  squareCommonShare: rounded(shares.squareCommonShare),
  positionCommonShare: rounded(shares.positionCommonShare),
  seenShare: rounded(shares.seenShare),
  size: rounded(shares.size),
  commonSize: rounded(shares.commonSize),
});

export const shiftAnalysis = defineAnalysis({
  name: 'shift',
  summary: 'the shift of activations: what is common to images, which NS see, and what is each image’s own',
  heading: 'The shift of activations',
  options: shiftOptions,
  result: shiftResult,
  async run({ test, ...context }, options) {
    const { attack, epsilon, seed, batches, statisticsBatch, normalizedBy, universalSteps } = options;
    const images = batches * statisticsBatch;
    const found = await shift({
      engine: context.engine,
      network: context.network,
      evaluationCells: context.evaluationCells,
      examples: mixedTestExamples(test, images, seed),
      batchSize: statisticsBatch,
      attack: namedAttack(attack, epsilon.value),
      ...{ seed, normalizedBy, universalSteps },
      ...(context.onProgress ? { onProgress: context.onProgress } : {}),
      ...(context.signal ? { signal: context.signal } : {}),
    });
    return {
      images,
      batches,
      branches: found.map(({ ap, average, error, layers, ...rest }) => ({
        ...writtenApBranch(ap),
        ...rest,
        average: { ...roundedShares(average), commonShareError: rounded(error) },
        layers: layers.map(({ layer, ...shares }) => ({ layer, ...roundedShares(shares) })),
      })),
    };
  },
  fileName: ({ normalizedBy }) => (normalizedBy === 'running' ? [] : [`by-${normalizedBy}`]),
  tables({ request: { normalizedBy }, result: { images, branches } }) {
    const share = (value: number) => value.toFixed(3);
    const columns = ['common share', 'of squares', 'by place', 'seen by mu', 'size', 'common size'];
    return [
      {
        title: `Shift of activations in units of sigma, mean over layers; ${images} images normalized by ${normalizedBy === 'running' ? 'running NS' : 'the NS of their batch'}`,
        columns: [
          ...['AP', 'perturbation'].map(leftColumn),
          ...['clean %', 'perturbed %', ...columns].map(rightColumn),
        ],
        rows: branches.map(({ average, ...branch }) => [
          apBranchLabel(branch),
          branch.perturbation,
          percentCell(branch.cleanAccuracy),
          percentCell(branch.accuracy),
          `${share(average.commonShare)} ± ${share(average.commonShareError)}`,
          ...[average.squareCommonShare, average.positionCommonShare, average.seenShare].map(share),
          ...[average.size, average.commonSize].map(shownDistance),
        ]),
      },
      {
        title: 'Common share by layer',
        columns: [
          leftColumn('layer'),
          ...branches.map((branch) => rightColumn(`${apBranchLabel(branch)}: ${branch.perturbation}`)),
        ],
        rows: branches[0].layers.map(({ layer }, at) => [
          layer,
          ...branches.map(({ layers }) => share(layers[at].commonShare)),
        ]),
      },
    ];
  },
  figures: shiftFigures,
});
