/** The page: runs the tests and leaves what came of them in the document, where --dump-dom shows it. */

import '../unit/acpi/round-trip.test.ts';
import { runAll } from './test.ts';

declare const document: { getElementById(id: string): { textContent: string } };

runAll().then((outcomes) => {
  document.getElementById('report').textContent = JSON.stringify(outcomes);
});
