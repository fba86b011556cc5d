/** The document itself: what every other report is made from. */
import { serialiseResults } from '../results/document.js';
import type { DocumentReporter } from './types.js';

export const json: DocumentReporter = {
  name: 'json',
  describe: 'the whole results document',
  extension: 'json',
  perCell: false,
  render: (results) => serialiseResults(results),
};
