import { NODES, expect, test, type Person } from '../lib/test.ts';

const LINES = 120;

/** A room in which this person has said line 1, line 2, … */
async function longTalk(mina: Person, title: string): Promise<string> {
  await mina.openLobby();
  const room = await mina.createRoomUnseen({ title });
  for (let n = 1; n <= LINES; n++) await mina.sayUnseen(room, `${n}번째 말`);
  return room;
}

test('the newest 50 messages come first, older ones on scrolling up', NODES, async ({ person, title }) => {
  const mina = await person();
  const room = await longTalk(mina, title);
  await mina.page.goto(`/room/${room}`);
  await mina.isInside();
  const said = mina.log.getByText(/^\d+번째 말$/);
  await expect(said).toHaveCount(50);
  await expect(mina.message(`${LINES}번째 말`)).toBeInViewport();

  await said.first().scrollIntoViewIfNeeded();
  await mina.log.hover();
  await mina.page.mouse.wheel(0, -5000);
  await expect.poll(() => said.count()).toBeGreaterThanOrEqual(100);
  // The rest comes when the eye gets there.
  await expect(async () => {
    await mina.page.mouse.wheel(0, -5000);
    await expect(mina.message('1번째 말')).toBeVisible({ timeout: 300 });
  }).toPass();
  await expect(said).toHaveCount(LINES);
  expect(await said.allInnerTexts()).toEqual(Array.from({ length: LINES }, (_, n) => `${n + 1}번째 말`));
});

test('older messages do not move what is being read', async ({ person, title }) => {
  const mina = await person();
  const room = await longTalk(mina, title);
  await mina.page.goto(`/room/${room}`);
  await mina.isInside();
  const read = mina.message(`${LINES - 49}번째 말`);
  let answer = () => {};
  const held = new Promise<void>((release) => (answer = release));
  await mina.page.route('**/api/history*', async (route) => {
    await held;
    await route.continue();
  });
  const asked = mina.page.waitForRequest('**/api/history*');
  await mina.log.hover();
  await mina.page.mouse.wheel(0, -20_000);
  await asked;
  const before = (await read.boundingBox())!.y;
  answer();
  await expect(mina.message(`${LINES - 60}번째 말`)).toHaveCount(1);
  expect(Math.abs((await read.boundingBox())!.y - before)).toBeLessThan(60);
});

test('at the bottom the page follows; above it the eye stays and is told of news', NODES, async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  const room = await longTalk(mina, title);
  await mina.page.goto(`/room/${room}`);
  await mina.isInside();
  await sora.page.goto(`/room/${room}`);
  await sora.page.getByRole('button', { name: '입장' }).click();
  await sora.isInside();

  await sora.say('아래에 있을 때');
  await expect(mina.message('아래에 있을 때')).toBeInViewport();

  const read = mina.message(`${LINES - 30}번째 말`);
  await read.scrollIntoViewIfNeeded();
  await expect(mina.message('아래에 있을 때')).not.toBeInViewport();
  const before = (await read.boundingBox())!.y;
  await sora.say('위를 볼 때');
  const news = mina.page.getByRole('button', { name: /새 메시지 1개/ });
  await expect(news).toBeVisible();
  expect(Math.abs((await read.boundingBox())!.y - before)).toBeLessThan(2);
  await news.click();
  await expect(mina.message('위를 볼 때')).toBeInViewport();
});
