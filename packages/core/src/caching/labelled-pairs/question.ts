/** A question, and others that its answer does and does not answer. Written for this project. */
export interface Question {
  asked: string;
  /** Other words for it: the same answer will do. */
  same: readonly string[];
  /** Close, but another answer: another name, number, date, a negation, an opposite, the other way round. */
  other: readonly string[];
}
