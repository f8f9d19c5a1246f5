/** How strong a model must be: `simple` any, `medium` a capable one, `hard` one of the best. */
export type Level = 'simple' | 'medium' | 'hard';

/** A prompt as people send them, with the level that we think it needs. */
export interface LabelledPrompt {
  kind: string;
  text: string;
  system?: string;
  /** Earlier messages, oldest first, user and assistant in turn. */
  earlier?: string[];
  /** How many tools it brings. */
  tools?: number;
  json?: boolean;
}

type Row = [kind: string, text: string, more?: Omit<LabelledPrompt, 'kind' | 'text'>];

export const toPrompts = (rows: Row[]): LabelledPrompt[] =>
  rows.map(([kind, text, more]) => ({ kind, text, ...more }));
