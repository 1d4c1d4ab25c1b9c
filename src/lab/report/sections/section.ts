/** A part of the report: Html made of its data, or nothing where there is nothing to say. render-report.ts lists them. */
import type { Html } from '../html.ts';
import type { Report } from '../model.ts';

export interface Section {
  /** The anchor, and the entry in the list of contents. */
  readonly id: string;
  readonly heading: string;
  readonly body: Html;
}

/** Makes the sections of one part of the report; an empty list where there is nothing to say. */
export type SectionMaker = (report: Report) => Promise<readonly Section[]> | readonly Section[];
