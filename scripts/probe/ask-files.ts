// Uploads, asked for by their age: until when they are there, and whether the key may have them.
import {begin, type Facts, say} from './fact-sheet';
import type {Answer, Prober} from './prober';
import type {SeenReference} from './look-at-logs';

const maxFilesOfAnAge = 3;
/** How many that their user does not have are looked for elsewhere. */
const maxLookedFor = 2;
const knownLifeHours = 48;

const ages: readonly (readonly [name: string, fromHours: number, toHours: number])[] = [
  ['up to 1 hour', 0, 1],
  ['up to 24 hours', 1, 24],
  ['up to 47 hours', 24, 47],
  ['about 48 hours', 47, 50],
  ['older', 50, Infinity],
];

/** @param user a member, to ask for a file that nobody has where no upload was seen */
export async function askFiles(
  prober: Prober,
  facts: Facts,
  references: readonly SeenReference[],
  user: string | undefined
): Promise<void> {
  begin('Uploads by age: 307 is there, 410 is gone');
  const asked: {readonly ageHours: number; readonly status: Answer['status']}[] = [];
  let lookedFor = 0;
  for (const [name, from, to] of ages) {
    const told: string[] = [];
    const distinct = new Map(references.map((reference) => [reference.fileId, reference]));
    for (const reference of spread([...distinct.values()].filter(({ageHours}) => ageHours >= from && ageHours < to))) {
      const {ageHours, conversationId, fileId, userId} = reference;
      const {status} = await prober.get(['users', userId, 'files', fileId], {conversation_id: conversationId});
      asked.push({ageHours, status});
      told.push(`${status}`);
      if (status !== 404 || ++lookedFor > maxLookedFor) continue;
      const elsewhere = [await prober.get(['project_files', fileId]), await prober.get(['gpt_files', fileId])];
      told.push(`(then ${elsewhere.map((answer) => answer.status).join(', ')})`);
    }
    say(name, told.length === 0 ? 'none seen' : told.join(' '));
  }
  if (asked.length === 0 && user !== undefined) {
    const madeUp = 'file-000000000000000000000000';
    const {status} = await prober.get(['users', user, 'files', madeUp]);
    say('a file that nobody has', status);
    asked.push({ageHours: 0, status});
  }
  // A file of somebody else may be refused by itself: the scope is missing when every one is.
  if (asked.length > 0 && asked.every(({status}) => status === 403)) facts.missingScopes.push('files');
  const life = lifeOf(asked);
  if (life !== undefined) facts.uploadLifeHours = life;
}

/** The oldest, the youngest, and some in between. */
function spread(references: readonly SeenReference[]): readonly SeenReference[] {
  const ordered = [...references].sort((a, b) => a.ageHours - b.ageHours);
  if (ordered.length <= maxFilesOfAnAge) return ordered;
  return Array.from({length: maxFilesOfAnAge}, (_, index) => {
    return ordered[Math.round((index * (ordered.length - 1)) / (maxFilesOfAnAge - 1))];
  }).filter((one) => one !== undefined);
}

/** Undefined where the answers fit the 48 hours that are documented. */
function lifeOf(asked: readonly {readonly ageHours: number; readonly status: Answer['status']}[]): number | undefined {
  const agesOf = (wanted: number): number[] =>
    asked.filter(({status}) => status === wanted).map(({ageHours}) => ageHours);
  const [oldestThere, youngestGone] = [Math.max(0, ...agesOf(307)), Math.min(Infinity, ...agesOf(410))];
  if (youngestGone < knownLifeHours) return Math.max(1, Math.floor(youngestGone));
  return oldestThere > knownLifeHours + 1 ? Math.ceil(oldestThere) : undefined;
}
