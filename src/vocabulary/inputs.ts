/** How the inputs of a model are filled, as scenarios say it and model/ does it. */

/** How to fill one input tensor. `shape` overrides the model's, with sizes, "batch" or dim names. */
export type InputSpec = {
  readonly shape?: readonly (number | string)[];
} & (
  | { readonly from: 'uniform' | 'integers'; readonly min?: number; readonly max?: number }
  | { readonly from: 'normal'; readonly mean: number; readonly stdev: number }
  | { readonly from: 'constant'; readonly value: number | string | boolean }
  | { readonly from: 'strings'; readonly values: readonly string[] }
  | { readonly from: 'file'; readonly file: string; readonly array?: string; readonly scale?: number }
  | { readonly from: 'state'; readonly output: string; readonly initial: number }
);

/** Right answers for items read from files, in the same order. */
export interface LabelsSpec {
  readonly file: string;
  readonly array?: string;
  /** The output that holds the scores; the first one by default. */
  readonly output?: string;
}
