/** Several drawings as one, for a file: a title, the panels in rows, their titles above them, the key below, drawn once. */
import { type Html, html, trusted } from './html.ts';
import { paint } from './series.ts';

export interface Drawing {
  readonly title: string;
  /** An `<svg>` element as drawing.ts makes it. */
  readonly svg: string;
}

/** A mark of the key, as SVG within `keyMarkWidth` by 12, colored by currentColor. */
export interface DrawnKey {
  readonly label: string;
  readonly color: string;
  readonly mark: string;
}

const margin = 16;
const gap = 28;
const widest = 1128;
const font = 'system-ui, sans-serif';

/** @returns an `<svg>` element as text, in the page's colors: standAlone makes a file of it. */
export function composeSvg(title: string, panels: readonly Drawing[], key: readonly DrawnKey[]): string {
  const rows = inRows(
    panels.map((panel) => ({ panel, ...sizeOf(panel) })),
    ({ width }) => width,
  );
  const inner = Math.max(
    ...rows.map((row) => total(row.map(({ width }) => width)) + gap * (row.length - 1)),
    Math.min(widest, textWidth(title, 15)),
  );
  const parts: Html[] = [text(margin, margin + 13, title, { size: 15, bold: true })];
  let top = margin + 32;
  for (const row of rows) {
    let left = margin;
    for (const { panel, width, height } of row) {
      parts.push(text(left, top + 12, panel.title, { size: 13, bold: true }));
      parts.push(trusted(placed(panel.svg, { left, top: top + 20, width, height })));
      left += width + gap;
    }
    top += 20 + Math.max(...row.map(({ height }) => height)) + gap;
  }
  const entries = inRows(
    key.map((entry) => ({ entry, width: 28 + textWidth(entry.label, 12) })),
    ({ width }) => width,
    inner,
  );
  for (const row of entries) {
    let left = margin;
    for (const { entry, width } of row) {
      parts.push(
        html`<g transform="translate(${left},${top - 10})" color="${entry.color}" style="color:${entry.color}">${trusted(entry.mark.replaceAll('currentColor', entry.color))}</g>`,
      );
      parts.push(text(left + 28, top, entry.label, { size: 12 }));
      left += width + gap;
    }
    top += 20;
  }
  const [width, height] = [
    Math.ceil(inner + 2 * margin),
    Math.ceil(top - (key.length > 0 ? 8 : gap) + margin),
  ];
  return html`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" aria-label="${title}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${parts}</svg>`
    .text;
}

const text = (x: number, y: number, content: string, { size, bold }: { size: number; bold?: boolean }) =>
  html`<text x="${x}" y="${y}" font-family="${font}" font-size="${size}"${bold && html` font-weight="bold"`} fill="${paint('ink')}">${content}</text>`;

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Of Arial, about: nothing here measures fonts. */
const textWidth = (content: string, size: number): number => content.length * size * 0.54;

function sizeOf({ svg, title }: Drawing): { readonly width: number; readonly height: number } {
  const [width, height] = (['width', 'height'] as const).map((name) =>
    Number(new RegExp(`^<svg [^>]*?\\s${name}="([\\d.]+)"`).exec(svg)?.[1] ?? 0),
  );
  return { width: Math.max(width, textWidth(title, 13.5)), height };
}

/** A drawing at a place of another: an inner `<svg>`. */
const placed = (
  svg: string,
  { left, top }: { left: number; top: number; width: number; height: number },
): string => svg.replace(/^<svg /, `<svg x="${left}" y="${top}" `);

function inRows<Item>(items: readonly Item[], widthOf: (item: Item) => number, limit = widest): Item[][] {
  const rows: Item[][] = [];
  let left = 0;
  for (const item of items) {
    const row = rows.at(-1);
    if (row && left + gap + widthOf(item) <= limit) {
      row.push(item);
      left += gap + widthOf(item);
    } else {
      rows.push([item]);
      left = widthOf(item);
    }
  }
  return rows;
}
