/** What a first load of each page may take over the network, in bytes. A change that costs more has to raise the number here. */

import { countLoads, prepareHouse } from '../lib/first-load.ts';
import { gifButton } from '../lib/panel.ts';
import { expect, test, type Person } from '../lib/test.ts';

/**
 * The most bytes of a page with its style, script and WASM, compressed as a browser asks for them, heads included. (Names and
 * ids differ from run to run, and with them the bytes, by up to 220.)
 */
const BUDGETS = {
  lobby: { first: 88_300, deferred: 23_800 },
  form: { first: 68_600, deferred: 25_600 },
  door: { first: 68_600, deferred: 25_600 },
  room: { first: 131_900, deferred: 80_800 },
};

test.use({ settings: { LIMIT_NEW_ROOMS: '100000/1' } });

/** Bytes until a page is live, and of the functions and the style that it loads afterwards. */
interface Taken {
  first: number;
  deferred: number;
}

async function firstLoad(person: () => Promise<Person>, open: (visitor: Person) => Promise<string>): Promise<Taken> {
  const visitor = await person();
  const path = await open(visitor);
  // For a visitor who saves data, the page does not load what can wait.
  await visitor.page.addInitScript(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } }));
  const loads = await countLoads(visitor.page);
  await visitor.page.goto(path);
  const isDeferred = (file: string): boolean => file.includes('.deferred.') || file.startsWith('/pkg/later.');
  const counted = (): [string, number][] => [...loads].filter(([file]) => file === path || file.startsWith('/pkg/'));
  // The document, its script, and both parts of its style and of its WASM, of which the second ones come once the page is live.
  await expect.poll(() => counted().length).toBe(6);
  expect(counted().filter(([file]) => isDeferred(file))).toHaveLength(2);
  const sum = (isChosen: (file: string) => boolean): number =>
    counted().reduce((sum, [file, bytes]) => (isChosen(file) ? sum + bytes : sum), 0);
  return { first: sum((file) => !isDeferred(file)), deferred: sum(isDeferred) };
}

test('each page stays within its budget', async ({ person }) => {
  const owner = await person();
  const room = await prepareHouse(owner);
  const nothing = (path: string) => () => Promise.resolve(path);
  const taken = {
    lobby: await firstLoad(person, nothing('/')),
    form: await firstLoad(person, nothing('/room')),
    door: await firstLoad(person, nothing(`/room/${room}`)),
    room: await firstLoad(person, async (visitor) => {
      await visitor.openLobby();
      expect((await visitor.callApi('enter_room', { room })).ok()).toBe(true);
      // (The lobby has put files into the browser's cache.)
      const devtools = await visitor.context.newCDPSession(visitor.page);
      await devtools.send('Network.clearBrowserCache');
      return `/room/${room}`;
    }),
  };
  for (const [page, { first, deferred }] of Object.entries(taken)) {
    const budget = BUDGETS[page as keyof typeof BUDGETS];
    console.log(`${page}: ${first} of ${budget.first} bytes, ${budget.first - first} left`);
    console.log(`${page}, later: ${deferred} of ${budget.deferred} bytes, ${budget.deferred - deferred} left`);
    expect.soft(first, `bytes of the ${page}`).toBeLessThanOrEqual(budget.first);
    expect.soft(deferred, `later bytes of the ${page}`).toBeLessThanOrEqual(budget.deferred);
  }
});

test('the panel of GIFs stays within its budget', async ({ person, title }) => {
  const BUDGET = 131_000;
  const mina = await person();
  await mina.createRoom({ title });
  const loads = await countLoads(mina.page);
  await gifButton(mina).hover();
  const panel = (): [string, number][] => [...loads].filter(([file]) => /^[/](pkg[/])?panel[.]/.test(file));
  // Its style, its script and its WASM.
  await expect.poll(() => panel().length).toBe(3);
  const bytes = panel().reduce((sum, [, bytes]) => sum + bytes, 0);
  console.log(`the panel: ${bytes} of ${BUDGET} bytes, ${BUDGET - bytes} left`);
  expect(bytes).toBeLessThanOrEqual(BUDGET);
});

test('what makes GIFs stays within its budget', async ({ person }) => {
  const BUDGET = 110_400;
  const { request } = (await person()).context;
  const script = await (await request.get('/maker.js')).text();
  const files = [...script.matchAll(/^const (?:JS|WASM) = "(.+)";$/gm)].map((match) => match[1]!);
  expect(files).toHaveLength(2);
  let bytes = script.length;
  for (const file of files) {
    const answer = await request.get(file, { headers: { 'accept-encoding': 'br' } });
    expect(answer.headers()['content-encoding']).toBe('br');
    bytes += Number(answer.headers()['content-length']);
  }
  console.log(`the maker: ${bytes} of ${BUDGET} bytes, ${BUDGET - bytes} left`);
  expect(bytes).toBeLessThanOrEqual(BUDGET);
});
