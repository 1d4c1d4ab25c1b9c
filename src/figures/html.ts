/**
 * HTML by tagged template: whatever is interpolated is escaped, unless it is Html already. No parser and no components:
 * a function that returns Html is one.
 */

/** Text that is HTML. Only `html` and `trusted` make it, so that a plain string cannot be mistaken for it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What a template takes. Absent values (undefined, false) leave nothing behind; lists are joined. */
export type Interpolation = Html | string | number | undefined | false | readonly Interpolation[];

/** html`<td>${value}</td>`: escapes every value, for text and for attributes within double quotes. */
export function html(strings: TemplateStringsArray, ...values: readonly Interpolation[]): Html {
  return new Html(
    strings.map((string, at) => (at === 0 ? string : interpolate(values[at - 1]) + string)).join(''),
  );
}

/** Text of our own making that is markup already: style sheets, drawn SVG. Never for what came from outside. */
export const trusted = (text: string): Html => new Html(text);

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (found) => entities[found] ?? found);

function interpolate(value: Interpolation): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return value.map(interpolate).join('');
}
