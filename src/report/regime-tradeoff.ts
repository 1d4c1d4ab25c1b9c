/** Clean against robust accuracy by regime: a mark a regime and cell, small marks for its seeds, whiskers where known. */
import {
  attackName,
  type Figure,
  html,
  type KeyEntry,
  paint,
  type ScatterPoint,
  scatter,
  seriesOf,
} from '../figures/index.ts';

export interface RegimePoint extends ScatterPoint {
  /** For people: 'NS adv, AP adv'. */
  readonly cell: string;
}

export interface RegimeTradeoff {
  readonly id: string;
  readonly title: string;
  readonly attack: string;
  /** Panels side by side, such as one for each epsilon. */
  readonly panels: readonly { readonly title: string; readonly points: readonly RegimePoint[] }[];
  /** What outlined marks are, where there are any. */
  readonly hollow: string | undefined;
  /** What whiskers are. */
  readonly whiskers: string;
  /** Series that are joined by a line, from the most accurate on clean images to the most robust. */
  readonly front?: { readonly title: string; readonly of: readonly string[] };
}

/** @returns undefined without points. */
export function regimeTradeoff({
  id,
  title,
  attack,
  panels,
  hollow,
  whiskers,
  front,
}: RegimeTradeoff): Figure | undefined {
  const points = panels.flatMap((panel) => panel.points);
  if (points.length === 0) return undefined;
  const series = seriesOf([...new Set(points.map((point) => point.series))]);
  const name = attackName(attack);
  const joined = (points: readonly RegimePoint[]) =>
    front?.of.filter((of) => points.some(({ series: each }) => each === of)) ?? [];
  const line = panels.some((panel) => joined(panel.points).length > 1) ? front : undefined;
  return {
    id,
    title,
    caption: html`${title}: a mark for each regime and cell, small dots for its seeds.
      ${line && `The line is ${line.title}.`} ${hollow !== undefined && `Outlined marks are ${hollow}.`} ${whiskers} Axes do not begin at zero; better is up and to the right.`,
    key: [
      ...series.map(({ name: label, color, shape }): KeyEntry => ({ label, color, mark: shape })),
      ...(line ? [{ label: line.title, color: paint('muted'), mark: 'line' as const }] : []),
    ],
    panels: panels.map((panel, at) => ({
      name: `panel-${at + 1}`,
      title: panel.title,
      description: `${title}, ${panel.title}: ${series.map((each) => each.name).join(', ')}`,
      chart: scatter({
        points: panel.points,
        series: series.filter((each) => panel.points.some((point) => point.series === each.name)),
        attack: name,
        front: joined(panel.points),
      }),
    })),
    data: panels.flatMap((panel) =>
      panel.points.map(({ series: regime, cell, clean, robust, seeds = [] }) => ({
        panel: panel.title,
        regime,
        cell,
        clean: clean.value,
        cleanLow: clean.interval?.[0],
        cleanHigh: clean.interval?.[1],
        attack,
        robust: robust.value,
        robustLow: robust.interval?.[0],
        robustHigh: robust.interval?.[1],
        seeds: seeds.length,
      })),
    ),
  };
}
