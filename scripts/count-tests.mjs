// Adds up vitest's JSON reports in a folder and prints one plain line, "N passed, N failed, N
// skipped". Exits 1 when a test failed, a report is broken or no test ran at all.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: node scripts/count-tests.mjs DIR');

const total = { passed: 0, failed: 0, skipped: 0 };
let sound = true;
for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.json'))) {
  const report = JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
  total.passed += report.numPassedTests;
  total.failed += report.numFailedTests;
  total.skipped += report.numPendingTests + report.numTodoTests;
  // A test file that can't even be loaded holds no test to fail: it counts as one.
  total.failed += report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  sound &&= report.success;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = sound && total.failed === 0 && total.passed > 0 ? 0 : 1;
