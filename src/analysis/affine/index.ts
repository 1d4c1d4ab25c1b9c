/** How far branches are apart, as an analysis of a run: see affine.ts. */

import { defineAnalysis } from '../definition.ts';
import { channelValues, measureCells, roundedMeasures, shownDistance } from '../distances.ts';
import { measureNames } from '../measures.ts';
import { leftColumn, rightColumn } from '../tables.ts';
import { affineDistances, type ChannelSets } from './affine.ts';
import { affineOptions, affineResult } from './document.ts';
import { affineChannels, affineLayers, affineTable } from './figures.ts';

const written = (sets: ChannelSets) =>
  Object.fromEntries(Object.entries(sets).map(([branch, values]) => [branch, channelValues(values)]));

export const affineAnalysis = defineAnalysis({
  name: 'affine',
  summary: 'distances between the AP of branches, and between their running NS',
  heading: 'The distance between the AP of branches',
  options: affineOptions,
  result: affineResult,
  run(context) {
    const { distances, channels } = affineDistances(context);
    return {
      distances: distances.map(({ quantity, branches: [a, b], average, layers }) => ({
        quantity,
        branches: [a, b] satisfies [string, string],
        average: roundedMeasures(average),
        layers: layers.map(({ layer, ...measures }) => ({ layer, ...roundedMeasures(measures) })),
      })),
      channels: channels.map(({ layer, gamma, beta, mu, sigma }) => ({
        layer,
        gamma: written(gamma),
        beta: written(beta),
        mu: written(mu),
        sigma: written(sigma),
      })),
    };
  },
  tables({ result: { distances } }) {
    if (distances.length === 0)
      return [{ title: 'One set of NS and of AP: there is nothing to compare', columns: [], rows: [] }];
    const names = distances.map(({ quantity, branches }) => `${quantity} ${branches.join('-')}`);
    const layers = [...new Set(distances.flatMap((each) => each.layers.map(({ layer }) => layer)))];
    return [
      {
        title: 'Mean over layers (gamma, beta: AP; mu, sigma: running NS)',
        columns: [leftColumn(''), ...measureNames.map(rightColumn)],
        rows: distances.map(({ average }, at) => [names[at], ...measureCells(average)]),
      },
      {
        title: 'Distance by layer',
        columns: [leftColumn('layer'), ...names.map(rightColumn)],
        rows: layers.map((layer) => [
          layer,
          ...distances.map((each) => {
            const found = each.layers.find((one) => one.layer === layer);
            return found ? shownDistance(found.distance) : '';
          }),
        ]),
      },
    ];
  },
  figures: (subject) => [affineLayers(subject), affineChannels({ ...subject, id: `${subject.id}-channels` })],
  sectionTables: (subject) => affineTable(subject),
});
