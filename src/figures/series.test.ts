import { expect, test } from 'vitest';
import { heatSteps, heatTurn, palette, seriesOf, type Theme } from './series.ts';

const themes: readonly Theme[] = ['light', 'dark'];

/** WCAG 2.1 contrast of two colors: (L1 + 0.05) / (L2 + 0.05), L the relative luminance. */
function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test('the known contrast of black on white is 21', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
});

test.each(themes)('text is legible on its ground (%s, WCAG AA)', (theme) => {
  const colors = palette(theme);
  for (const [text, ground] of [
    ['--ink', '--paper'],
    ['--ink', '--panel'],
    ['--muted', '--paper'],
    ['--muted', '--panel'],
    ['--link', '--paper'],
    ['--warning-ink', '--warning-paper'],
    ['--holds', '--paper'],
    ['--fails', '--paper'],
    ['--open', '--paper'],
  ]) {
    expect(contrast(colors[text], colors[ground]), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  }
});

test.each(themes)('numbers are legible on every step of a heat map (%s)', (theme) => {
  const colors = palette(theme);
  for (const ramp of ['heat-clean', 'heat-adv']) {
    for (let step = 0; step < heatSteps; step += 1) {
      const text = colors[step < heatTurn ? '--heat-under' : '--heat-over'];
      expect(contrast(text, colors[`--${ramp}-${step}`]), `${ramp} ${step}`).toBeGreaterThanOrEqual(4.5);
    }
  }
});

test.each(themes)('lines stand out from the ground (%s, WCAG graphics)', (theme) => {
  const colors = palette(theme);
  const lines = Object.keys(colors).filter((name) => /^--(run-\d|clean|adv|noise)$/.test(name));
  expect(lines).toHaveLength(11);
  for (const name of lines) expect(contrast(colors[name], colors['--paper']), name).toBeGreaterThanOrEqual(3);
});

test.each(themes)('estimates stand out from the band of what is allowed (%s)', (theme) => {
  const colors = palette(theme);
  for (const name of ['--holds', '--fails', '--open'])
    expect(contrast(colors[name], colors['--band']), name).toBeGreaterThanOrEqual(3);
});

test('both themes define the same names', () => {
  expect(Object.keys(palette('dark'))).toEqual(Object.keys(palette('light')));
});

test('series differ in color or in shape, however many', () => {
  const looks = seriesOf(Array.from({ length: 20 }, (_, at) => `regime ${at}`));
  expect(new Set(looks.map(({ color, shape }) => `${color} ${shape}`)).size).toBe(20);
  expect(looks[0].shape).not.toBe(looks[1].shape);
});
