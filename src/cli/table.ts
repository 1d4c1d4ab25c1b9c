/** Plain text tables, aligned for a fixed-width font. */

export interface Column {
  readonly title: string;
  /** Numbers read best on the right. */
  readonly align?: 'left' | 'right';
}

/** The rows under the titles, two spaces between columns, a newline at the end of every line. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => (cells[i] ?? '').length)));
  return lines
    .map((cells) => {
      const padded = columns.map(({ align }, i) =>
        align === 'right' ? (cells[i] ?? '').padStart(widths[i]) : (cells[i] ?? '').padEnd(widths[i]),
      );
      return `${padded.join('  ').trimEnd()}\n`;
    })
    .join('');
}
