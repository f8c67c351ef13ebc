// Answers kept for another part of a read: the very text, fetched once, in bounded memory.
import {expect, test} from '@jest/globals';
import {KeptAnswers} from '../../../source-chatgpt-enterprise/api/kept-answers';

function fetching(text: string): {readonly fetch: () => Promise<string>; readonly times: () => number} {
  let times = 0;
  const fetch = async (): Promise<string> => {
    times += 1;
    return Promise.resolve(text);
  };
  return {fetch, times: () => times};
}

test.each([
  {text: ''},
  {text: '{"name":"Zoë \\ud83d 🙂 \u0000"}'},
  {text: `["${'a page of members '.repeat(20_000)}"]`},
])('the text comes back as it was, and is fetched once', async ({text}) => {
  const kept = new KeptAnswers();
  const {fetch, times} = fetching(text);
  const both = await Promise.all([kept.getOr('a', fetch), kept.getOr('a', fetch)]);
  expect([...both, await kept.getOr('a', fetch)]).toEqual([text, text, text]);
  expect(times()).toBe(1);
});

test('all members of a large workspace are kept', async () => {
  const kept = new KeptAnswers();
  const pageOf = (page: number): string =>
    JSON.stringify(
      Array.from({length: 200}, (_, index) => ({
        object: 'compliance.workspace.user',
        id: `user-${(page * 200 + index) * 7919}`,
        email: `person${page * 200 + index}@acme.test`,
        name: `Person ${index}`,
        created_at: 1_692_158_096 + page * 200 + index,
        role: 'standard-user',
        status: 'active',
      }))
    );
  let fetched = 0;
  for (const round of [1, 2]) {
    for (let page = 0; page < 500; page++) {
      const text = await kept.getOr(`/users?after=${page}`, async () => {
        fetched += 1;
        return Promise.resolve(pageOf(page));
      });
      if (round === 2 && page % 100 === 0) expect(text).toBe(pageOf(page));
    }
  }
  expect(fetched).toBe(500);
});

test('an answer that failed is asked for again', async () => {
  const kept = new KeptAnswers();
  await expect(kept.getOr('a', async () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(await kept.getOr('a', async () => Promise.resolve('found'))).toBe('found');
});
