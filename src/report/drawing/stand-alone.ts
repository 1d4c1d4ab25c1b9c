/** A drawing made for the page, turned into a file that stands alone: real colors and fonts, and a ground of its own. */
import { palette, type Theme } from './palette.ts';

// Programs that read files know no system-ui, and fall back on a font of other widths.
const fileFont = 'Arial, Helvetica, &quot;Liberation Sans&quot;, sans-serif';

/** @param svg an `<svg>` with colors as `var(--name)`, as draw.ts makes it. */
export function standAlone(svg: string, theme: Theme): string {
  const colors = palette(theme);
  const painted = svg
    .replace(/var\((--[a-z0-9-]+)\)/g, (found, name: string) => colors[name] ?? found)
    .replace(/font-family="[^"]*"/g, `font-family="${fileFont}"`);
  const ground = `<rect width="100%" height="100%" fill="${colors['--paper']}"/>`;
  return painted.replace(/^<svg [^>]*>/, (tag) => tag + ground);
}
