// How many log files are downloaded ahead: as many as their bytes allow, which a listing need not tell.
import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {hoursAgo, messageLine, readSource} from '../read-source';
import {TinyApi} from '../tiny-api';

let api: TinyApi;

beforeEach(async () => {
  api = new TinyApi();
  await api.start();
});
afterEach(() => api.stop());

test.each([
  {size: undefined, begun: 12},
  {size: NaN, begun: 4}, // JSON has null for it
])(
  'of twelve small log files, with the size $size in the listing, $begun are begun before the first has come',
  async ({size, begun}) => {
    for (let index = 0; index < 12; index++) {
      const hours = 20 - index;
      const lines = [messageLine(`e${index}`, hoursAgo(hours + 0.1))];
      api.logFiles.push({id: `eclf_${index}`, end_time: hoursAgo(hours), lines, ...(size === undefined ? {} : {size})});
    }
    api.refusals.push({path: /eclf_0$/, status: 500, times: 1});
    const read = await readSource(api, {streams: ['messages']});
    expect(read.ends()).toEqual({messages: 'completed'});
    const asked = api.requests.map(({path}) => path).filter((path) => path.startsWith('/logs/'));
    expect(asked.indexOf('/logs/eclf_0', 1)).toBe(begun); // the first one is asked for again after a moment
  }
);
