// A process that renders the corpus in the time zone it was started in, and says which zone that is.
import {hashesOfShuffled} from './corpus-hashes';

void (async () => {
  const hours = [0, 6].map((month) => new Date(Date.UTC(2026, month, 15, 9)).getHours());
  const hashes = await hashesOfShuffled(process.env['TZ'] ?? '');
  process.stdout.write(JSON.stringify({hours, hashes}));
})();
