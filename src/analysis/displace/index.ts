/** How far NS have to be displaced until it matters, as an analysis of a run: see displace.ts. */
import { cellLabel, cellOf } from '../../nn/index.ts';
import {
  accuracyCells,
  accuracyColumns,
  accuracyOf,
  accuracyOptions,
  examplesOf,
  leftColumn,
  rightColumn,
} from '../accuracies.ts';
import { cellWritten, writtenCell } from '../branches.ts';
import { defineAnalysis } from '../definition.ts';
import { rounded, shownDistance } from '../distances.ts';
import { askedEstimation } from '../estimation.ts';
import { displace, type MultipleAtOnePoint } from './displace.ts';
import { directionLabel, displaceOptions, displaceResult } from './document.ts';
import { displaceFigure } from './figures.ts';

const roundedMultiples = ({ clean, robust }: MultipleAtOnePoint) => ({
  clean: clean === null ? null : rounded(clean),
  robust: robust === null ? null : rounded(robust),
});

const shown = (multiple: number | null, tried: readonly number[]) =>
  multiple === null ? `more than ${tried.at(-1)}` : shownDistance(multiple);

export const displaceAnalysis = defineAnalysis({
  name: 'displace',
  summary: 'NS displaced by multiples of the gap between clean and adversarial images, until accuracies move',
  heading: 'NS displaced',
  options: displaceOptions,
  result: displaceResult,
  async run(context, options) {
    const { cell, multiples, draws } = options;
    const found = await displace({
      ...accuracyOptions(context, options),
      epsilon: options.epsilon.value,
      estimation: await askedEstimation(context, options),
      ...{ multiples, draws },
      ...(cell === undefined ? {} : { cell: cellWritten(context.network, cell) }),
    });
    const directions = found.directions.map(({ direction, towards, size, points, multipleAtOnePoint }) => ({
      direction,
      ...(towards === undefined ? {} : { towards }),
      size: { mu: rounded(size.mu), logSigma: rounded(size.logSigma) },
      multipleAtOnePoint: roundedMultiples(multipleAtOnePoint),
      points: points.map(({ multiple, draw, evaluation }) => ({ multiple, draw, ...accuracyOf(evaluation) })),
    }));
    return {
      ...examplesOf(found.base.indices),
      cell: cellOf(found.cell),
      estimation: found.estimation,
      base: accuracyOf(found.base),
      multipleAtOnePoint: directions[0].multipleAtOnePoint,
      directions,
    };
  },
  request: ({ cell }, { evaluationCells: { robust } }) => ({ cell: cell ?? writtenCell(robust) }),
  fileName: ({ cell, evaluationCells: { robust } }) =>
    cell === undefined || cell === writtenCell(robust) ? [] : [cell.replaceAll('/', '-')],
  tables({ request: { attack, multiples }, result: { cell, base, directions } }) {
    return [
      {
        title: `${cellLabel(cell)} with its NS displaced: multiples at which accuracies have moved by a point`,
        columns: [
          leftColumn('direction'),
          ...['|d mu| / sigma', '|d log sigma|', 'clean', attack].map(rightColumn),
        ],
        rows: directions.map((each) => [
          directionLabel(each),
          shownDistance(each.size.mu),
          shownDistance(each.size.logSigma),
          shown(each.multipleAtOnePoint.clean, multiples),
          shown(each.multipleAtOnePoint.robust, multiples),
        ]),
      },
      {
        title: 'Accuracies along the multiples',
        columns: [
          leftColumn('direction'),
          rightColumn('multiple'),
          rightColumn('draw'),
          ...accuracyColumns(base),
        ],
        rows: [
          ['none', '0', '', ...accuracyCells(base)],
          ...directions.flatMap((each) =>
            each.points.map((point) => [
              directionLabel(each),
              String(point.multiple),
              each.direction === 'random' ? String(point.draw + 1) : '',
              ...accuracyCells(point),
            ]),
          ),
        ],
      },
    ];
  },
  figures: (subject) => [displaceFigure(subject)],
});
