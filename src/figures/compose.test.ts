import { expect, test } from 'vitest';
import { composeSvg } from './compose.ts';

const panel = (title: string, width = 344, height = 200) => ({
  title,
  svg: `<svg class="marks" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><g/></svg>`,
});
const size = (svg: string) => /^<svg [^>]*? width="(\d+)" height="(\d+)"/.exec(svg)?.slice(1).map(Number);
const places = (svg: string) =>
  [...svg.matchAll(/<svg x="([\d.]+)" y="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);

test('panels stand in rows, as many as fit, below the title', () => {
  const svg = composeSvg(
    'Four',
    ['a', 'b', 'c', 'd'].map((title) => panel(title)),
    [],
  );
  const [first, second, third, fourth] = places(svg);
  expect(second[1]).toBe(first[1]);
  expect(third[1]).toBe(first[1]);
  expect(second[0] - first[0]).toBeGreaterThanOrEqual(344);
  expect(fourth).toEqual([first[0], first[1] + 20 + 200 + 28]);
  for (const title of ['Four', 'a', 'd']) expect(svg).toContain(`>${title}</text>`);
});

test('the drawing holds its widest row and its key, which is drawn once', () => {
  const key = [{ label: 'clean images', color: 'blue', mark: '<circle fill="currentColor"/>' }];
  const [width, height] = size(composeSvg('T', [panel('a'), panel('b')], key)) ?? [];
  const [, without] = size(composeSvg('T', [panel('a'), panel('b')], [])) ?? [];
  expect(width).toBe(2 * 344 + 28 + 2 * 16);
  expect(height).toBeGreaterThan(without);
  const svg = composeSvg('T', [panel('a'), panel('b')], key);
  expect(svg.match(/clean images/g)).toHaveLength(1);
  expect(svg).toContain('<circle fill="blue"/>');
});

test('titles are escaped', () => {
  expect(composeSvg('a < b', [panel('c & d')], [])).toContain('>c &amp; d</text>');
});
