/** NS displaced in reports: what accuracies change by along multiples of the displacement. */
import {
  attackName,
  type Figure,
  type FigureSubject,
  groupBy,
  html,
  lineChart,
  mean,
  type Panel,
  panelWidth,
  plural,
  seedsText,
  seriesOf,
} from '../../figures/index.ts';
import { cellLabel } from '../../nn/index.ts';
import { type DisplaceDocument, directionLabel } from './document.ts';

export function displaceFigure({
  id,
  label,
  documents,
}: FigureSubject<DisplaceDocument>): Figure | undefined {
  const [{ request, result }] = documents;
  const { attack, epsilon, draws } = request;
  const rows = documents.flatMap(({ subject: { seed }, result: { base, directions } }) =>
    directions.flatMap((direction) =>
      direction.points.map(({ multiple, draw, clean, robust }) => ({
        direction: directionLabel(direction),
        seed: String(seed),
        multiple,
        draw,
        clean: clean - base.clean,
        robust: robust[attack] - base.robust[attack],
      })),
    ),
  );
  if (rows.length === 0) return undefined;
  const series = seriesOf([...new Set(rows.map(({ direction }) => direction))]);
  // Directions end where both accuracies have moved, seeds at different multiples: means are of the same seeds throughout.
  const seeds = new Set(rows.map(({ seed }) => seed)).size;
  const panel = (name: 'clean' | 'robust', title: string): Panel => {
    const groups = [...groupBy(rows, ({ direction, multiple }) => `${direction} ${multiple}`).values()];
    const complete = groups.filter((group) => new Set(group.map(({ seed }) => seed)).size === seeds);
    const means = complete.map((group) => ({
      series: group[0].direction,
      x: Math.log2(group[0].multiple),
      y: mean(group.map((row) => row[name])),
    }));
    const single = rows.map((row) => ({
      series: row.direction,
      x: Math.log2(row.multiple),
      y: row[name],
      seed: `${row.direction} ${row.seed} ${row.draw}`,
    }));
    return {
      name,
      title,
      description: `${title} of ${label}, by the multiple of the displacement of NS`,
      chart: lineChart({
        rows: [...means, ...single],
        series,
        x: { title: 'multiple, log2', format: '.6~f' },
        y: { title: 'change of accuracy', format: '%' },
        width: panelWidth(2),
      }),
    };
  };
  return {
    id,
    title: `${label}: NS displaced`,
    caption: html`${label}: ${cellLabel(result.cell)} with its running NS displaced by multiples of the gap between NS of clean
      and of adversarial images, in random directions (${plural(draws, 'draw')}, thin lines) and in its own, or of the way to another branch's NS.
      ${plural(result.examples, 'test image')}, ε\u00a0=\u00a0${epsilon.text}. ${seedsText(documents.length, '')}`,
    key: series.map(({ name, color, shape }) => ({ label: name, color, mark: shape })),
    panels: [panel('clean', 'Clean accuracy'), panel('robust', `Accuracy under ${attackName(attack)}`)],
    data: rows.map((row) => ({ label, ...row })),
  };
}
